// Of a body of a Segment client, as a batch and as a single message: what is refused as malformed is no JSON,
// and every message that is taken keeps to the limits of records, extras and tags. One that comes again is
// known, and says nothing new.
#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "base/unicode.h"
#include "collect/segment/body_parser.h"
#include "collect/segment/mapping.h"
#include "collect/segment/sequel.h"
#include "json.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
// Containers within containers that a body may have, itself included.
constexpr size_t kMaxNesting = 31;
const CollectLimits kLimits;

void RequireExtras(const std::string& extras) {
  if (extras.empty()) return;
  Require(extras.size() <= kLimits.max_extras_bytes, "extras are within their limit");
  const auto parsed = fuzz::ParseJson(extras);
  if (parsed.has_huge_number) return;
  Require(parsed.value && parsed.value->is_object(), "extras are a JSON object");
  Require(parsed.value->get_object().size() <= kLimits.max_extras_keys, "extras have so many keys at most");
  for (const auto& [key, value] : parsed.value->get_object()) {
    Require(!key.empty() && key.size() <= 64 && !value.is_structured(), "extras are flat");
  }
}

void RequireBatch(const CollectedBatch& batch) {
  Require(!batch.device_id.IsZero() || !batch.external_id, "the device is known");
  for (const Record& record : batch.records) {
    const bool named = !record.name.empty() && CountCharacters(record.name) <= kLimits.max_name_characters;
    Require(named || record.kind == RecordKind::kSession, "a record has a name within its limit");
    Require(IsUtf8(record.name) && IsUtf8(record.stack), "texts are UTF-8");
    Require(record.stack.size() <= kLimits.max_stack_bytes, "a stack is within its limit");
    RequireExtras(record.extras);
  }
  for (const auto& [key, value] : batch.tags) {
    Require(!key.empty() && CountCharacters(key) <= 64 && IsUtf8(key), "a tag has a name within its limit");
    Require(!value || (CountCharacters(*value) <= kLimits.max_tag_characters && IsUtf8(*value)),
            "a tag has a value within its limit");
  }
}

// What the message made of the memory.
std::string Remember(const segment::MappedMessage& message, std::string memory) {
  if (!message.batch) return memory;
  CollectedBatch batch = *message.batch;
  segment::Complete(segment::StepOf(message), memory, batch.records);
  RequireBatch(batch);
  return memory;
}

void RequireMessages(const segment::Body& body, std::string_view type) {
  std::string memory;
  for (const segment::Message& message : body.messages) {
    const auto mapped = segment::Map(message, type, {kNow, {}}, kLimits);
    if (!mapped) {
      Require(!mapped.error().reason.empty() && IsUtf8(mapped.error().message), "a refusal says why");
      continue;
    }
    Require(mapped->batch || mapped->alias, "a message that is taken says something");
    if (mapped->batch) RequireBatch(*mapped->batch);
    memory = Remember(*mapped, memory);
    Require(Remember(*mapped, memory) == memory, "what comes again says nothing new");
  }
}

void RequireReading(const Result<segment::Body>& body, std::string_view text, std::string_view type) {
  if (body) return RequireMessages(*body, type);
  Require(!body.error().reason.empty() && IsUtf8(body.error().message), "a refusal says why");
  if (body.error().reason == "MalformedJson") {
    Require(!fuzz::ParseJson(text, kMaxNesting).value, "what is refused as malformed is no JSON");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static segment::BodyParser parser;
  const std::string_view text = fuzz::AsText(data, size);
  RequireReading(parser.ParseBatch(text), text, "");
  RequireReading(parser.ParseMessage(text), text, "track");
  segment::MappedMessage screen;
  screen.sequel = segment::Sequel::kActivity;
  screen.time = kNow;
  screen.batch.emplace().records.emplace_back().name = "n";
  Remember(screen, std::string(text));  // any bytes may be in the store
  return 0;
}
