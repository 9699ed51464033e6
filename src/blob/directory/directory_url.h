// file:// URLs.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace rawhaul::directory {

bool IsDirectoryUrl(std::string_view url);

// "file:///a/b" as the normal path "/a/b". kInvalidArgument (InvalidContainerUrl) for a host, a query, a
// `..`, or what is no path. Symbolic links are not looked at: whoever can make one may already write there.
Result<std::filesystem::path> ParseDirectoryUrl(std::string_view url);

// Whether `path` is `tree` or below it. REQUIRES both to be results of ParseDirectoryUrl.
bool IsWithin(const std::filesystem::path& path, const std::filesystem::path& tree);

}  // namespace rawhaul::directory
