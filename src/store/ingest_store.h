// Writing: everything that a collected batch changes, at once and durably. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "model/device.h"
#include "model/feedback.h"
#include "model/record.h"

namespace rawhaul {

inline constexpr std::string_view kDiskFull = "DiskFull";
inline constexpr std::string_view kDiskError = "DiskError";
inline constexpr std::string_view kStoreDamaged = "StoreDamaged";

// What RecordRowsEncoder makes of records of one kind and hour.
struct PackedRecords {
  RecordKind kind = RecordKind::kEvent;
  Hour hour = 0;
  std::string rows;
};

// What is remembered of a device (DeviceMemoryStore) is never longer. Whoever changes it keeps to that.
inline constexpr size_t kMaxDeviceMemoryBytes = 4096;

// One batch of one device. Stored whole or not at all.
//
// Heads of records are made when the batch is stored, of what is known of the device then, with what `device`
// says put over it, however old that is. For the batches after it each field is as it was reported last.
struct IngestBatch {
  uint32_t app = 0;
  std::optional<Guid> batch_id;  // the same one twice for an app is stored once
  Timestamp received_at;
  Guid device_id;
  DevicePatch device;
  std::vector<PackedRecords> records;
  std::vector<std::pair<FeedbackKey, Feedback>> feedback;

  // Where it is set, it gives the records in place of `records`: made of what is remembered of the device,
  // which it may change. It may be called again for the same memory, when a write has to be tried again, and
  // must then give the same. It must not block or throw.
  using Complete = std::function<std::vector<PackedRecords>(std::string& memory)>;
  Complete complete;
  size_t complete_bytes = 0;  // what `complete` holds

  // About what it takes in memory.
  size_t MemoryBytes() const;
};

enum class BatchFate {
  kStored,
  kKnown,    // its batch_id was stored before or stands earlier in the same call: nothing of it counts
  kRefused,  // nothing of it is stored
  kUnknown,  // nothing of it is stored now, but after a crash it may be: its batch_id tells when it comes
             // again
};

struct BatchOutcome {
  BatchFate fate = BatchFate::kStored;
  Error error = {};  // why, of the last two

  // Of its sender: what is known need not be sent again.
  bool is_done() const { return fate == BatchFate::kStored || fate == BatchFate::kKnown; }
  Status ToStatus() const { return is_done() ? Status() : Status(Fail(error)); }
};

class IngestStore {
 public:
  virtual ~IngestStore() = default;

  // Gives each new batch its sequence numbers, writes all of them and returns after fsync. Tells of each, in
  // their order, what became of it. One whose own data cannot be read (its batch_id, its device) is refused
  // by itself. kUnavailable, with the reason kDiskFull, kDiskError or kStoreDamaged, while the disk does not
  // take it; the call after that works again when the disk does.
  virtual std::vector<BatchOutcome> Write(std::span<const IngestBatch* const> batches) = 0;
  // Writes next to nothing, durably: fails as Write would.
  virtual Status CheckWritable() = 0;
};

// A batch_id is remembered at least this long.
inline constexpr std::chrono::hours kDedupeWindow{8 * 24};

}  // namespace rawhaul
