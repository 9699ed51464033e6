// Times on the clocks of a place. The rules are those of the system's tzdata, in /usr/share/zoneinfo or
// $TZDIR, as `TZ=America/Mexico_City date` reads them. A zone's are read when it is first asked for and stay
// until the program ends: an update of tzdata counts from the next start.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace rawhaul {

// When the clocks of `zone`, an IANA name such as "America/Los_Angeles", show `wall`, which is written as if
// it were UTC. Of a time that they show twice the first; one that they skip counts as so much later as they
// skip. nullopt for a zone that is not known.
std::optional<Timestamp> AtWallClock(Timestamp wall, std::string_view zone);

// How far the clocks of `zone` are ahead of UTC at that time, daylight saving included. nullopt for a zone
// that is not known.
std::optional<std::chrono::minutes> ZoneOffset(Timestamp time, std::string_view zone);

// kUnavailable, with what to do, where the system has no tzdata. Then no zone is known.
Status CheckTimeZones();

}  // namespace rawhaul
