// A directory as a container: for development, and for disks that something else carries on.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "blob/container.h"

namespace rawhaul::directory {

// `root` is made when missing. Blocks wait in `.{name}.parts-{owner}` beside their blob, also over a restart;
// a blob appears whole, under its name, once it is safe on disk. Its content type is not kept. `owner`: of
// the server, in letters and digits; servers that write into one directory keep what they stage apart.
std::unique_ptr<Container> MakeContainer(const std::filesystem::path& root, std::string_view owner);

}  // namespace rawhaul::directory
