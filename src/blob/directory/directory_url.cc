#include "blob/directory/directory_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "blob/reasons.h"

namespace rawhaul::directory {
namespace {

constexpr std::string_view kScheme = "file:";

tl::unexpected<Error> BadUrl(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the storage's URL {}; a directory is named as file:///path/of/directory", why),
              std::string(reason::kInvalidContainerUrl));
}

// Of file systems: NAME_MAX and PATH_MAX of Linux.
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxPathBytes = 4095;

bool IsTooLong(const std::filesystem::path& name) { return name.native().size() > kMaxNameBytes; }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

bool IsDirectoryUrl(std::string_view url) { return EqualsIgnoreCase(url.substr(0, kScheme.size()), kScheme); }

Result<std::filesystem::path> ParseDirectoryUrl(std::string_view url) {
  url.remove_prefix(std::min(kScheme.size(), url.size()));
  if (!url.starts_with("///")) return BadUrl("is a file URL with a host or without a path");
  if (url.find_first_of("?#") != std::string_view::npos)
    return BadUrl("is a file URL with a query or a fragment");
  const std::optional<std::string> decoded = PercentDecode(url.substr(2));
  if (!decoded || !IsUtf8(*decoded) || std::any_of(decoded->begin(), decoded->end(), IsControl)) {
    return BadUrl("has a path that is no text");
  }
  const std::filesystem::path path(*decoded);
  if (std::find(path.begin(), path.end(), "..") != path.end()) return BadUrl("has a `..` in its path");
  if (decoded->size() > kMaxPathBytes) return BadUrl("has a path of more than 4,095 bytes");
  if (std::any_of(path.begin(), path.end(), IsTooLong)) return BadUrl("has a name of more than 255 bytes");
  // An empty last element stands for a slash at the end.
  const std::filesystem::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

bool IsWithin(const std::filesystem::path& path, const std::filesystem::path& tree) {
  return std::mismatch(tree.begin(), tree.end(), path.begin(), path.end()).first == tree.end();
}

}  // namespace rawhaul::directory
