// Times on the clocks of a place.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace rawhaul {

// When the clocks of `zone`, an IANA name such as "America/Los_Angeles", show `wall`, which is written as if
// it were UTC. Of a time that they show twice the first; one that they skip counts as so much later as they
// skip. nullopt for a zone that is not known. ICU brings the rules of the zones: no tzdata needs to be
// installed.
std::optional<Timestamp> AtWallClock(Timestamp wall, std::string_view zone);

// How far the clocks of `zone` are ahead of UTC at that time, daylight saving included. nullopt for a zone
// that is not known.
std::optional<std::chrono::minutes> ZoneOffset(Timestamp time, std::string_view zone);

}  // namespace rawhaul
