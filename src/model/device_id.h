// What clients call devices.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/guid.h"

namespace rawhaul {

// Of an id that is no GUID.
inline constexpr size_t kMaxDeviceIdCharacters = 256;

// The device that a client calls `text`: a GUID, or the name-based one of any other text of 1 to 256
// characters; nullopt for what cannot be an id.
std::optional<Guid> ParseDeviceId(std::string_view text);

}  // namespace rawhaul
