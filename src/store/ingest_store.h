// Writing: everything that a collected batch changes, at once and durably. Thread-safe.
#pragma once

#include <cstdint>
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

struct EncodedRecords {
  RecordKind kind = RecordKind::kEvent;
  Hour hour = 0;
  std::string encoded;  // a RecordBatch
};

// One batch of one device. Stored whole or not at all.
struct IngestBatch {
  uint32_t app = 0;
  std::optional<Guid> batch_id;  // the same one twice for an app is stored once
  Timestamp received_at;
  Guid device_id;
  DevicePatch device;
  std::vector<EncodedRecords> records;
  std::vector<std::pair<FeedbackKey, Feedback>> feedback;
};

class IngestStore {
 public:
  virtual ~IngestStore() = default;

  // Gives each new batch its sequence numbers, writes all of them and returns after fsync. Batches whose
  // batch_id is known, from before or from earlier in the same call, are left out: that is success, too. On
  // an error nothing of the call is stored. kUnavailable, with the reason kDiskFull, kDiskError or
  // kStoreDamaged, while the disk does not take it; the call after that works again when the disk does.
  virtual Status Write(std::span<const IngestBatch* const> batches) = 0;
  // Writes next to nothing, durably: fails as Write would.
  virtual Status CheckWritable() = 0;
};

// A batch_id is remembered at least this long.
inline constexpr std::chrono::hours kDedupeWindow{8 * 24};

}  // namespace rawhaul
