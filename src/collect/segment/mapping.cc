#include "collect/segment/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "collect/batch_fields.h"
#include "collect/segment/context.h"
#include "collect/segment/ids.h"
#include "collect/segment/texts.h"
#include "model/device_id.h"

namespace rawhaul::segment {
namespace {

constexpr std::string_view kUnnamed = "(unnamed)";
constexpr std::string_view kGroupIdTag = "groupid";
constexpr std::string_view kGroupTagPrefix = "group.";
constexpr std::array<std::string_view, 2> kTimeFields{"timestamp", "originalTimestamp"};

tl::unexpected<Error> Invalid(std::string_view reason, std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), std::string(reason));
}

tl::unexpected<Error> Missing(std::string_view field) {
  return Invalid("MissingField", fmt::format("\"{}\" is missing", field));
}

// Of several texts the first that is not empty.
std::string_view FirstOf(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

// Without an offset, and of a day alone, it is UTC.
std::optional<Timestamp> ParseTime(std::string_view text) {
  if (const auto time = ParseTimestamp(text)) return time;
  if (const auto time = ParseTimestamp(std::string(text) + 'Z')) return time;
  return ParseDay(text);
}

// Moved by the skew; nullopt for what is no time, or not one that a record can have.
std::optional<Timestamp> ReadTime(const JsonValue& value, std::chrono::milliseconds skew) {
  const auto sent = value.is_string() ? ParseTime(value.text) : std::nullopt;
  if (!sent) return std::nullopt;
  const Timestamp time = *sent + skew;
  return ToMillis(time) >= 0 && time <= kLastInstant ? std::optional(time) : std::nullopt;
}

// A message under way to what it is here.
struct Mapping {
  const Message& message;
  const Times& times;
  const CollectLimits& limits;
  MappedMessage& out;

  std::string_view Field(std::string_view key) const { return message.fields.Text(key); }
  std::string_view Property(std::string_view key) const { return message.properties.Text(key); }

  // Its record, the properties but those of `used` as its extras. A name that is cut stands there whole, and
  // `event`, if any, is what the client called it.
  Record& AddRecord(RecordKind kind, std::string_view name, std::initializer_list<std::string_view> used = {},
                    std::string_view event = {}) {
    Record& record = out.batch->records.emplace_back();
    record.kind = kind;
    record.time = out.time;
    record.name = Cut(name, limits.max_name_characters);
    ExtrasMaker extras(limits);
    if (record.name.size() < name.size()) extras.Add("full_name", {JsonType::kString, name});
    if (!event.empty()) extras.Add("event", {JsonType::kString, event});
    for (const Member& property : message.properties) {
      if (std::find(used.begin(), used.end(), property.key) == used.end()) {
        extras.Add(property.key, property.value());
      }
    }
    if (const JsonValue category = message.fields.Find("category"); category.is_string()) {
      extras.Add("category", category);
    }
    AddUnreadTimes(extras);
    record.extras = extras.Finish();
    return record;
  }

  // So that nothing is lost of a time that could not be read.
  void AddUnreadTimes(ExtrasMaker& extras) const {
    for (const std::string_view field : kTimeFields) {
      const JsonValue value = message.fields.Find(field);
      if (value.given() && !ReadTime(value, times.skew)) extras.Add(field, value);
    }
  }

  Status Tag(std::string_view name, const Member& value) { return AddTag(name, value, limits, *out.batch); }
  Status Tag(std::string_view name, std::string_view value) {
    return Tag(name, Member{{}, JsonType::kString, std::string(value)});
  }
};

void MapJob(Mapping& mapping, Sequel sequel) {
  const std::string_view job_id = mapping.Property("jobId");
  Record& record = mapping.AddRecord(RecordKind::kJob, mapping.Property("job"), {"job", "jobId"});
  mapping.out.sequel = sequel;
  mapping.out.job_key = JobKey(mapping.out.batch->device_id, mapping.Property("job"), job_id);
  if (!job_id.empty()) record.job_id = ParseGuid(job_id).value_or(mapping.out.job_key);
}

void MapError(Mapping& mapping) {
  mapping.out.sequel = Sequel::kInSession;
  const std::string_view event = mapping.Field("event");
  const std::string_view name = FirstOf({mapping.Property("name"), mapping.Property("message"), event});
  mapping.AddRecord(RecordKind::kError, name, {}, event == "Error" || event == name ? "" : event);
}

// One that has no id gets that of its stack, so that equal crashes have equal ids.
void MapCrash(Mapping& mapping) {
  const std::string_view stack = mapping.Property("stack");
  const std::string stack_id = stack.empty() ? std::string() : NameBasedGuid(stack).ToHex();
  mapping.out.sequel = Sequel::kInSession;
  Record& record = mapping.AddRecord(
      RecordKind::kCrash,
      FirstOf({mapping.Property("crashId"), stack_id, mapping.Property("name"), mapping.Field("event")}),
      {"crashId", "stack"});
  record.stack = CutToBytes(stack, mapping.limits.max_stack_bytes);
}

Status MapTrack(Mapping& mapping) {
  const std::string_view event = mapping.Field("event");
  if (event.empty()) return Missing("event");
  const bool has_job = !mapping.Property("job").empty();
  if (event == "Application Opened") {
    mapping.out.sequel = Sequel::kOpened;
  } else if (event == "Application Backgrounded") {
    mapping.out.sequel = Sequel::kBackgrounded;
  } else if (event == "Application Crashed") {
    MapCrash(mapping);
  } else if (event == "Job Started" && has_job) {
    MapJob(mapping, Sequel::kJobStarted);
  } else if (event == "Job Finished" && has_job) {
    MapJob(mapping, Sequel::kJobFinished);
  } else if (event == "Error" || mapping.message.properties.IsTrue("error")) {
    MapError(mapping);
  } else {
    mapping.out.sequel = Sequel::kInSession;
    mapping.AddRecord(RecordKind::kEvent, event);
  }
  return {};
}

Status MapActivity(Mapping& mapping) {
  mapping.out.sequel = Sequel::kActivity;
  mapping.AddRecord(RecordKind::kActivity,
                    FirstOf({mapping.Field("name"), mapping.Field("category"), mapping.Property("title"),
                             mapping.Property("path"), kUnnamed}));
  return {};
}

Status MapIdentify(Mapping& mapping) {
  for (const Member& trait : mapping.message.traits) RAWHAUL_TRY(mapping.Tag(trait.key, trait));
  return {};
}

Status MapGroup(Mapping& mapping) {
  if (mapping.Field("groupId").empty()) return Missing("groupId");
  for (const Member& trait : mapping.message.traits) {
    RAWHAUL_TRY(mapping.Tag(std::string(kGroupTagPrefix) + trait.key, trait));
  }
  return mapping.Tag(kGroupIdTag, mapping.Field("groupId"));
}

Status MapAlias(Mapping& mapping) {
  for (const std::string_view field : {"userId", "previousId"}) {
    if (mapping.Field(field).empty()) return Missing(field);
  }
  mapping.out.alias = {std::string(mapping.Field("previousId")), std::string(mapping.Field("userId"))};
  return {};
}

struct TypeSpec {
  std::string_view name;
  Status (*map)(Mapping&);
};
constexpr std::array<TypeSpec, 6> kTypes{{
    {"track", MapTrack},
    {"screen", MapActivity},
    {"page", MapActivity},
    {"identify", MapIdentify},
    {"group", MapGroup},
    {"alias", MapAlias},
}};

// Of a message none of whose times can be read: when it came.
Timestamp TimeOf(const Message& message, const Times& times) {
  for (const std::string_view field : kTimeFields) {
    if (const auto time = ReadTime(message.fields.Find(field), times.skew)) return *time;
  }
  return times.received;
}

// False when it names none.
Result<bool> SetDevice(const Message& message, CollectedBatch& batch) {
  const std::string_view device =
      FirstOf({message.context.Text("device.id"), message.fields.Text("anonymousId")});
  if (!device.empty()) {
    RAWHAUL_TRY(SetDeviceId({JsonType::kString, device}, batch));
    return true;
  }
  const std::string_view user = message.fields.Text("userId");
  batch.device_id = UserDeviceId(user);
  batch.external_id = Cut(user, kMaxDeviceIdCharacters);
  return !user.empty();
}

Result<TypeSpec> TypeOf(const Message& message, std::string_view type) {
  if (type.empty()) type = message.fields.Text("type");
  if (type.empty()) return Missing("type");
  const auto spec =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeSpec& s) { return s.name == type; });
  if (spec != kTypes.end()) return *spec;
  return Invalid("UnknownType", "\"type\" must be one of track, screen, page, identify, group and alias");
}

}  // namespace

std::chrono::milliseconds SkewOf(std::string_view sent_at, Timestamp received) {
  constexpr std::chrono::minutes kWay{1};
  const auto sent = ParseTime(sent_at);
  if (!sent || std::chrono::abs(received - *sent) < kWay) return {};
  return received - *sent;
}

Result<MappedMessage> Map(const Message& message, std::string_view type, const Times& times,
                          const CollectLimits& limits) {
  RAWHAUL_ASSIGN(const TypeSpec spec, TypeOf(message, type));
  MappedMessage mapped;
  mapped.index = message.index;
  mapped.message_id = message.fields.Text("messageId");
  mapped.time = TimeOf(message, times);
  CollectedBatch& batch = mapped.batch.emplace();
  RAWHAUL_ASSIGN(const bool has_device, SetDevice(message, batch));
  // An alias speaks of users; the one who speaks need not be at a device of theirs.
  const bool is_alias = spec.map == MapAlias;
  const bool names_device = has_device && batch.device_id != UserDeviceId(message.fields.Text("userId"));
  if (!has_device && !is_alias) {
    return Invalid("MissingField",
                   "the message needs an \"anonymousId\", a \"userId\" or a \"context.device.id\"");
  }

  Mapping mapping{message, times, limits, mapped};
  RAWHAUL_TRY(spec.map(mapping));
  if (is_alias && !names_device) {
    mapped.batch.reset();
    return mapped;
  }
  MapContext(message.context, mapped.time, batch);
  if (const auto user = message.fields.Text("userId"); !user.empty())
    RAWHAUL_TRY(mapping.Tag(kUserIdTag, user));
  batch.sent_at = mapped.time;
  if (!mapped.message_id.empty()) batch.batch_id = MessageBatchId(mapped.message_id);
  return mapped;
}

}  // namespace rawhaul::segment
