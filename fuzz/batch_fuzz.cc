// Of a collect batch, from its JSON to the exported files: what is accepted is JSON within its limits and
// comes out as it went in; what is refused as malformed is no JSON.
#include <algorithm>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "collect/batch_parser.h"
#include "collect/ingest_builder.h"
#include "exports.h"
#include "json.h"
#include "model/json_fault.h"
#include "model/json_text.h"
#include "property.h"
#include "store/device_state.h"

namespace {

using namespace rawhaul;
using fuzz::ParseJson;
using fuzz::Require;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
// Containers within containers that a batch may have, itself included.
constexpr size_t kMaxNesting = 31;

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                           [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

IngestBatch ToStore(CollectedBatch batch) { return MakeIngestBatch(1, batch, {kNow, kNow}); }

// As it is stored of a device of which nothing else is known.
std::vector<EncodedRecords> RecordsOf(const IngestBatch& batch) {
  ContentIds ids;
  return DeviceState(DevicePatch(), ids).Take(batch, ids);
}

// All that comes of a batch, as bytes.
std::string Digest(const Result<CollectedBatch>& batch) {
  if (!batch) return batch.error().message + batch.error().reason;
  const IngestBatch stored = ToStore(*batch);
  std::string bytes = stored.device_id.ToHex() + stored.device.Encode();
  if (stored.batch_id) bytes += stored.batch_id->ToHex();
  for (const EncodedRecords& records : RecordsOf(stored)) bytes += records.encoded;
  for (const auto& [key, feedback] : stored.feedback) {
    bytes += std::to_string(key.campaign_id);
    bytes += feedback.Encode();
  }
  for (const Rejection& rejection : batch->rejected) {
    bytes += std::to_string(rejection.index);
    bytes += rejection.error.message + rejection.error.reason;
  }
  return bytes;
}

void RequireError(const Error& error) {
  Require(error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kTooLarge,
          "the sender is told that it is wrong");
  Require(!error.reason.empty() && !error.message.empty() && IsUtf8(error.message), "a refusal says why");
}

void RequireRecord(const Record& record) {
  const CollectLimits limits;
  for (const std::string& text : {record.name, record.stack}) {
    Require(IsUtf8(text) && text.find('\0') == std::string::npos, "texts are UTF-8 without U+0000");
  }
  Require(record.name.empty() == (record.kind == RecordKind::kSession) &&
              Characters(record.name) <= limits.max_name_characters,
          "names keep to their limit");
  Require(record.stack.size() <= limits.max_stack_bytes, "stacks keep to their limit");
  Require(record.kind != RecordKind::kJob || !record.job_id.IsZero(), "a job has an id");
  Require(record.kind != RecordKind::kSession || !record.session_id.IsZero(), "a session has an id");
  Require(record.duration_ms.value_or(0) >= 0, "nothing takes less than no time");
  if (record.extras.empty()) return;
  Require(record.extras.size() <= limits.max_extras_bytes && record.extras.find('\n') == std::string::npos,
          "extras keep to their limit, on one line");
  const auto extras = ParseJson(record.extras);
  if (extras.has_huge_number) return;
  Require(extras.value && extras.value->is_object(), "extras are a JSON object");
  Require(extras.value->as_object().size() <= limits.max_extras_keys, "extras are not too many");
  for (const auto& [key, value] : extras.value->as_object())
    Require(!value.is_structured(), "extras are flat");
}

// The text as it is read: halves of surrogate pairs are no JSON to the second reader.
std::string Storable(std::string_view text) {
  std::string storable(text);
  ReplaceUnstorableEscapes(storable);
  return storable;
}

// Against a second reader of the same text.
void RequireSameJson(const CollectedBatch& batch, std::string_view text) {
  const auto tree = ParseJson(Storable(text));
  if (tree.has_huge_number) return;
  // The library takes no byte order mark.
  Require(tree.value || !FindJsonFault(text), "what is accepted is JSON");
  if (!tree.value) return;
  Require(tree.value && tree.value->is_object(), "what is accepted is a JSON object");
  const auto* records = tree.value->as_object().if_contains("records");
  const size_t count = records != nullptr && records->is_array() ? records->as_array().size() : 0;
  Require(batch.accepted() + batch.rejected.size() == count, "every record is accepted or rejected");
}

void RequireExported(const CollectedBatch& batch) {
  for (const EncodedRecords& stored : RecordsOf(ToStore(batch))) {
    std::vector<Record> records;
    std::copy_if(batch.records.begin(), batch.records.end(), std::back_inserter(records),
                 [&](const Record& record) {
                   return record.kind == stored.kind && HourOf(record.time) == stored.hour;
                 });
    fuzz::RequireExports(stored.encoded, records);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static BatchParser used{CollectLimits()};
  const std::string_view text = fuzz::AsText(data, size);
  const auto batch = BatchParser(CollectLimits()).Parse(text);
  Require(Digest(used.Parse(text)) == Digest(batch), "what was parsed before does not matter");
  if (!batch) {
    RequireError(batch.error());
    Require(batch.error().reason != "MalformedJson" || !ParseJson(Storable(text), kMaxNesting).value,
            "what is called malformed is no JSON, or too deep");
    return 0;
  }
  for (const Rejection& rejection : batch->rejected) RequireError(rejection.error);
  for (const Record& record : batch->records) RequireRecord(record);
  RequireSameJson(*batch, text);
  RequireExported(*batch);
  return 0;
}
