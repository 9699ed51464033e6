// Numbers of a restored copy of the data.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"

namespace rawhaul {

// What a restored copy counts on from, so that it gives no number that may have been seen outside: not by the
// server that was lost, after the backup was made, and not by another copy of the same backup. So it follows
// from the time: 512 numbers a millisecond, which no server gives out. Below 2^52, JSON's safe integers,
// until the year 2298. `greatest`: the greatest that was given out as far as the backup knows. kConflict
// where no number is left.
Result<uint64_t> NextNumberRange(uint64_t greatest, Timestamp now);
inline constexpr uint64_t kNumberLimit = uint64_t{1} << 52;

// As NextNumberRange() of apps, which are few and have 32 bits; nobody sees their numbers outside: one a
// minute.
Result<uint32_t> NextAppRange(uint32_t greatest, Timestamp now);

}  // namespace rawhaul
