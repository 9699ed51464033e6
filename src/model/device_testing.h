// Changes of a device's tags, for tests of this layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "model/device.h"

namespace rawhaul {

inline Timestamp At(int64_t seconds) { return FromMillis(1'461'663'000'000 + seconds * 1000); }

// Tags "a0", "a1"… set to `value`.
inline DevicePatch Tags(const std::string& prefix, size_t count, const std::optional<std::string>& value,
                        Timestamp time) {
  DevicePatch patch;
  for (size_t i = 0; i < count; ++i) patch.SetTag(prefix + std::to_string(i), value, time);
  return patch;
}

}  // namespace rawhaul
