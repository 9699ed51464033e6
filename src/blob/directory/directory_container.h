// A directory as a container: for development, and for disks that something else carries on.
#pragma once

#include <filesystem>
#include <memory>

#include "blob/container.h"

namespace rawhaul::directory {

// `root` is made when missing. Blocks wait in `.{name}.parts` beside their blob, also over a restart; a blob
// appears whole, under its name, once it is safe on disk. Its content type is not kept.
std::unique_ptr<Container> MakeContainer(const std::filesystem::path& root);

}  // namespace rawhaul::directory
