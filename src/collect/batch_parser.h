// Reads one collect batch (docs/api.md, "Collect") in one pass, without a tree.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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

// Of one batch as JSON (docs/api.md, "Collect"); also what a compressed one may unpack to.
inline constexpr size_t kMaxBatchBytes = size_t{1} << 20;

struct CollectLimits {
  size_t max_batch_bytes = kMaxBatchBytes;
  size_t max_records = 1000;
  size_t max_name_characters = 64;
  size_t max_extras_bytes = 8 << 10;  // encoded
  size_t max_extras_keys = 200;
  size_t max_tag_characters = 1024;
  size_t max_stack_bytes = 256 << 10;
};

struct Rejection {
  size_t index = 0;  // in "records"
  Error error;
};

// What a batch says, checked. It knows nothing yet of what the server knows of the device.
struct CollectedBatch {
  std::optional<Guid> batch_id;
  Guid device_id;
  bool from_device = true;  // false: about the device, which was not seen by it (a tag set over the REST API)
  std::optional<std::string> external_id;  // the deviceId as sent, where it was no GUID
  std::optional<Timestamp> sent_at;
  FieldValues info;
  FieldValues location;
  std::vector<std::pair<std::string, std::optional<std::string>>> tags;  // nullopt: delete
  std::optional<std::optional<PushToken>> token;                         // inner nullopt: delete
  std::optional<bool> native_push_enabled;
  std::vector<Record> records;
  struct FeedbackEntry {
    CampaignType type = CampaignType::kAnnouncement;
    uint64_t campaign_id = 0;
    uint16_t flags = 0;
    Timestamp time;
    std::vector<PollAnswer> answers = {};
  };
  std::vector<FeedbackEntry> feedback;
  std::vector<Rejection> rejected;

  size_t accepted() const { return records.size() + feedback.size(); }
};

// Keeps its buffers from batch to batch; one thread at a time.
//
// Errors of the whole batch say what is wrong and where (`"deviceId" is missing`, `line 2 column 7: ...`,
// model/json_fault.h). kTooLarge: BatchTooLarge, TooManyRecords. kInvalidArgument: MalformedJson (no
// JSON, no UTF-8, or nested deeper than 32 levels), MissingField, InvalidType, InvalidDeviceId, InvalidGuid,
// InvalidTimestamp, InvalidField (of info or location), InvalidTag, InvalidPushToken.
//
// A record that is wrong by itself goes into `rejected`. kTooLarge: ExtrasTooLarge, StackTooLarge.
// kInvalidArgument: InvalidRecord (no object), UnknownKind, MissingField, InvalidName, InvalidTimestamp,
// InvalidGuid, InvalidDuration, InvalidExtras, InvalidStack, InvalidFeedback.
//
// Rules that the API's description leaves open: unknown fields are passed over, and so are fields that a
// record's kind does not have. A null field is one that is not there, except where null deletes (tags,
// pushToken) and in extras, which keep it. Of a field that is there twice the later one counts; a key that is
// twice in extras is refused. A deviceId has 1 to 256 characters; texts of info and location at most 256; tag
// keys 1 to 64 characters without control characters; the type of a push token 1 to 64 and the token 1 to
// 4,096. The sessionId of a session and the jobId of a job must not be all zeros; elsewhere zeros mean
// unknown.
class BatchParser {
 public:
  explicit BatchParser(const CollectLimits& limits);
  ~BatchParser();
  Result<CollectedBatch> Parse(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
