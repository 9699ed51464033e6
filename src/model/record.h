// One record of a device, as it was collected, before it is packed into a RecordBatch.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace rawhaul {

// The values are part of the storage format: never renumber.
enum class RecordKind : uint8_t { kActivity = 1, kEvent = 2, kError = 3, kCrash = 4, kJob = 5, kSession = 6 };

// Which fields a kind has: docs/exported-files.md. A field that a kind lacks stays empty.
struct Record {
  RecordKind kind = RecordKind::kEvent;
  std::string name;  // UTF-8; of a crash its crashId; empty for sessions
  Timestamp time;    // timestamp; of jobs and sessions the start, or the end where no start is known
  std::optional<Timestamp> start;      // jobs, sessions
  std::optional<Timestamp> end;        // jobs, sessions
  Guid session_id;                     // zero: unknown
  Guid job_id;                         // zero: unknown
  std::optional<int64_t> duration_ms;  // activities
  std::string stack;                   // crashes
  std::string extras;                  // one JSON object on one line, or empty for none
};

// Hours since 1970-01-01T00:00Z: the unit in which records are stored together.
using Hour = uint32_t;
Hour HourOf(Timestamp time);

// The place of a stored batch among those of its app and kind, in the order in which they are read.
struct RecordPosition {
  Hour hour = 0;
  uint64_t sequence = 0;

  auto operator<=>(const RecordPosition&) const = default;
};

}  // namespace rawhaul
