#include "catalog/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>

#include "base/encoding.h"
#include "base/unicode.h"

namespace rawhaul {
namespace {

bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

tl::unexpected<Error> Refuse(std::string_view what, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} {}", what, why));
}

}  // namespace

Status CheckName(std::string_view what, std::string_view name, size_t max_characters) {
  if (name.empty()) return Refuse(what, "is empty");
  if (!IsUtf8(name)) return Refuse(what, "is not valid UTF-8");
  if (const size_t count = CountCharacters(name); count > max_characters) {
    return Refuse(what, fmt::format("has {} characters, at most {} are allowed", count, max_characters));
  }
  if (std::any_of(name.begin(), name.end(), IsControl)) return Refuse(what, "holds a control character");
  if (name.find('/') != std::string_view::npos) return Refuse(what, "holds a '/'");
  if (name == "." || name == "..") return Refuse(what, fmt::format("must not be \"{}\"", name));
  return {};
}

Status CheckAppPath(const AppPath& path) {
  RAWHAUL_TRY(CheckName("the subscription", path.subscription, kMaxNameCharacters));
  RAWHAUL_TRY(CheckName("the resource group", path.resource_group, kMaxResourceGroupCharacters));
  RAWHAUL_TRY(CheckName("the collection", path.collection, kMaxNameCharacters));
  return CheckName("the app's name", path.name, kMaxNameCharacters);
}

Result<std::string> CheckPlatform(std::string_view platform) {
  std::string lower = ToLower(platform);
  if (std::find(kPlatforms.begin(), kPlatforms.end(), lower) != kPlatforms.end()) return lower;
  return Refuse("the platform", fmt::format("must be one of: {}", fmt::join(kPlatforms, ", ")));
}

}  // namespace rawhaul
