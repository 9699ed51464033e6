// The dates of HTTP's headers.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace rawhaul::net {

// In any of the three forms of RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", and the old ones with a year
// of two digits or of C's asctime. nullopt for what is no date.
std::optional<Timestamp> ParseHttpDate(std::string_view text);

}  // namespace rawhaul::net
