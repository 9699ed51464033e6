// Writing: everything that a collected batch changes, at once and durably.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "model/device.h"
#include "model/feedback.h"
#include "model/record.h"

namespace rawhaul {

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
  // an error nothing of the call is stored. One thread at a time.
  virtual Status Write(std::span<const IngestBatch* const> batches) = 0;
};

// A batch_id is remembered at least this long.
inline constexpr std::chrono::hours kDedupeWindow{8 * 24};

}  // namespace rawhaul
