// A file as a source, for development, and for disks that something else fills.
#pragma once

#include <filesystem>
#include <memory>

#include "blob/source.h"

namespace rawhaul::directory {

std::unique_ptr<BlobSource> MakeSource(const std::filesystem::path& file);

}  // namespace rawhaul::directory
