// What apps and their platforms may be called.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/app.h"

namespace rawhaul {

// Characters, not bytes. Azure's own limits.
inline constexpr size_t kMaxNameCharacters = 64;
inline constexpr size_t kMaxResourceGroupCharacters = 90;

inline constexpr std::array<std::string_view, 3> kPlatforms{"android", "ios", "windows"};

// kInvalidArgument unless `name` can be one segment of an API path: 1 to `max_characters` characters of
// UTF-8, no '/', no control character, not "." or "..". `what` names it in the message: "the app's name".
Status CheckName(std::string_view what, std::string_view name, size_t max_characters);
Status CheckAppPath(const AppPath& path);

// The platform as kPlatforms spells it; kInvalidArgument, listing them, for any other word.
Result<std::string> CheckPlatform(std::string_view platform);

}  // namespace rawhaul
