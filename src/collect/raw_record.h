// From the fields of one element of "records" to a checked record.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collect/batch_parser.h"
#include "collect/extras_writer.h"
#include "collect/json_value.h"

namespace rawhaul {

enum class RecordField : uint8_t {
  kKind,
  kName,
  kCrashId,
  kSessionId,
  kJobId,
  kTimestamp,
  kStart,
  kEnd,
  kDurationMs,
  kStack,
  kCampaignType,
  kCampaignId,
  kStatus,
  kAnswers,
  kExtras,
};
inline constexpr std::array<std::string_view, 15> kRecordFieldNames{
    "kind",       "name",  "crashId",      "sessionId",  "jobId",  "timestamp", "start",  "end",
    "durationMs", "stack", "campaignType", "campaignId", "status", "answers",   "extras",
};
std::optional<RecordField> FindRecordField(std::string_view name);

// The fields as sent, in whatever order; which of them count is known only when the kind is. Reused from
// record to record.
struct RawRecord {
  explicit RawRecord(const CollectLimits& limits) : extras(limits) {}

  JsonValue& operator[](RecordField field) { return fields[static_cast<size_t>(field)]; }
  const JsonValue& operator[](RecordField field) const { return fields[static_cast<size_t>(field)]; }
  void Clear();

  std::array<JsonValue, kRecordFieldNames.size()> fields;
  std::vector<JsonValue> status;                                // the elements of kStatus
  std::vector<std::pair<std::string_view, JsonValue>> answers;  // the members of kAnswers
  ExtrasWriter extras;                                          // the members of kExtras
};

// Adds it to the records or the feedback of `batch`, or tells what is wrong; then `batch` is as it was.
Status AddRecord(RawRecord& raw, const CollectLimits& limits, CollectedBatch& batch);

}  // namespace rawhaul
