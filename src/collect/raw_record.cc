#include "collect/raw_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/unicode.h"

namespace rawhaul {
namespace {

std::string_view NameOf(RecordField field) { return kRecordFieldNames[static_cast<size_t>(field)]; }

auto Invalid(std::string_view reason, RecordField field, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" must {}", NameOf(field), rule),
              std::string(reason));
}

auto Missing(RecordField field) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is missing", NameOf(field)), "MissingField");
}

Status ReadName(const RawRecord& raw, RecordField field, const CollectLimits& limits, std::string& out) {
  const JsonValue& value = raw[field];
  if (!value.given()) return Missing(field);
  const size_t limit = limits.max_name_characters;
  if (!value.is_string() || value.text.empty() ||
      (value.text.size() > limit && CountCharacters(value.text) > limit)) {
    return Invalid("InvalidName", field, fmt::format("be a string of 1 to {} characters", limit));
  }
  out = value.text;
  return {};
}

Status ReadTime(const RawRecord& raw, RecordField field, std::optional<Timestamp>& out) {
  const JsonValue& value = raw[field];
  if (!value.given()) return {};
  if (value.is_string()) out = ParseTimestamp(value.text);
  if (!out) return Invalid("InvalidTimestamp", field, "be an RFC 3339 time of the years 1970 to 9999");
  return {};
}

Status ReadTimestamp(const RawRecord& raw, Timestamp& out) {
  std::optional<Timestamp> time;
  RAWHAUL_TRY(ReadTime(raw, RecordField::kTimestamp, time));
  if (!time) return Missing(RecordField::kTimestamp);
  out = *time;
  return {};
}

Status ReadGuid(const RawRecord& raw, RecordField field, Guid& out) {
  const JsonValue& value = raw[field];
  if (!value.given()) return {};
  const auto guid = value.is_string() ? ParseGuid(value.text) : std::nullopt;
  if (!guid) return Invalid("InvalidGuid", field, "be a GUID: 32 hexadecimal digits, or 8-4-4-4-12");
  out = *guid;
  return {};
}

Status ReadRequiredGuid(const RawRecord& raw, RecordField field, Guid& out) {
  if (!raw[field].given()) return Missing(field);
  RAWHAUL_TRY(ReadGuid(raw, field, out));
  if (out.IsZero()) return Invalid("InvalidGuid", field, "not be all zeros");
  return {};
}

// Start and end of jobs and sessions, of which one may be unknown.
Status ReadSpan(const RawRecord& raw, Record& record) {
  RAWHAUL_TRY(ReadTime(raw, RecordField::kStart, record.start));
  RAWHAUL_TRY(ReadTime(raw, RecordField::kEnd, record.end));
  if (!record.start && !record.end) {
    return Fail(ErrorCode::kInvalidArgument, "\"start\" or \"end\" is missing", "MissingField");
  }
  if (record.start && record.end && *record.end < *record.start) {
    return Invalid("InvalidTimestamp", RecordField::kEnd, "not be before \"start\"");
  }
  record.time = record.start ? *record.start : *record.end;
  return {};
}

Status ReadDuration(const RawRecord& raw, Record& record) {
  const JsonValue& value = raw[RecordField::kDurationMs];
  if (!value.given()) return {};
  record.duration_ms = ToInteger(value);
  if (!record.duration_ms || *record.duration_ms < 0) {
    return Invalid("InvalidDuration", RecordField::kDurationMs, "be an integer of at least 0");
  }
  return {};
}

Status ReadStack(const RawRecord& raw, const CollectLimits& limits, Record& record) {
  const JsonValue& value = raw[RecordField::kStack];
  if (!value.given()) return {};
  if (!value.is_string()) return Invalid("InvalidStack", RecordField::kStack, "be a string");
  if (value.text.size() > limits.max_stack_bytes) {
    return Fail(ErrorCode::kTooLarge,
                fmt::format("\"stack\" must have at most {} bytes, not {}", limits.max_stack_bytes,
                            value.text.size()),
                "StackTooLarge");
  }
  record.stack = value.text;
  return {};
}

Status ReadExtras(RawRecord& raw, Record& record) {
  const JsonValue& value = raw[RecordField::kExtras];
  if (!value.given()) return {};
  if (value.type != JsonType::kObject) return Invalid("InvalidExtras", RecordField::kExtras, "be an object");
  RAWHAUL_ASSIGN(record.extras, raw.extras.Finish());
  return {};
}

Status ReadActivity(RawRecord& raw, const CollectLimits& limits, Record& record) {
  RAWHAUL_TRY(ReadName(raw, RecordField::kName, limits, record.name));
  RAWHAUL_TRY(ReadTimestamp(raw, record.time));
  RAWHAUL_TRY(ReadGuid(raw, RecordField::kSessionId, record.session_id));
  RAWHAUL_TRY(ReadDuration(raw, record));
  return ReadExtras(raw, record);
}

// Events and errors.
Status ReadEvent(RawRecord& raw, const CollectLimits& limits, Record& record) {
  RAWHAUL_TRY(ReadName(raw, RecordField::kName, limits, record.name));
  RAWHAUL_TRY(ReadTimestamp(raw, record.time));
  RAWHAUL_TRY(ReadGuid(raw, RecordField::kSessionId, record.session_id));
  RAWHAUL_TRY(ReadGuid(raw, RecordField::kJobId, record.job_id));
  return ReadExtras(raw, record);
}

Status ReadCrash(RawRecord& raw, const CollectLimits& limits, Record& record) {
  RAWHAUL_TRY(ReadName(raw, RecordField::kCrashId, limits, record.name));
  RAWHAUL_TRY(ReadTimestamp(raw, record.time));
  RAWHAUL_TRY(ReadGuid(raw, RecordField::kSessionId, record.session_id));
  RAWHAUL_TRY(ReadStack(raw, limits, record));
  return ReadExtras(raw, record);
}

Status ReadJob(RawRecord& raw, const CollectLimits& limits, Record& record) {
  RAWHAUL_TRY(ReadRequiredGuid(raw, RecordField::kJobId, record.job_id));
  RAWHAUL_TRY(ReadName(raw, RecordField::kName, limits, record.name));
  RAWHAUL_TRY(ReadSpan(raw, record));
  return ReadExtras(raw, record);
}

Status ReadSession(RawRecord& raw, const CollectLimits&, Record& record) {
  RAWHAUL_TRY(ReadRequiredGuid(raw, RecordField::kSessionId, record.session_id));
  return ReadSpan(raw, record);
}

Status ReadFlags(const RawRecord& raw, uint16_t& flags) {
  if (!raw[RecordField::kStatus].given()) return Missing(RecordField::kStatus);
  for (const JsonValue& element : raw.status) {
    const auto flag = element.is_string() ? ParseFeedbackFlag(element.text) : std::nullopt;
    if (!flag) {
      return Invalid("InvalidFeedback", RecordField::kStatus,
                     fmt::format("hold only {}", fmt::join(kFeedbackFlags, ", ")));
    }
    flags |= *flag;
  }
  if (flags == 0) return Invalid("InvalidFeedback", RecordField::kStatus, "be an array of at least one flag");
  return {};
}

Status ReadCampaign(const RawRecord& raw, CollectedBatch::FeedbackEntry& entry) {
  const JsonValue& type = raw[RecordField::kCampaignType];
  if (!type.given()) return Missing(RecordField::kCampaignType);
  const auto known = type.is_string() ? ParseCampaignType(type.text) : std::nullopt;
  if (!known) {
    return Invalid("InvalidFeedback", RecordField::kCampaignType,
                   "be one of Announcement, DataPush, NativePush and Poll");
  }
  entry.type = *known;

  if (!raw[RecordField::kCampaignId].given()) return Missing(RecordField::kCampaignId);
  const auto id = ToInteger(raw[RecordField::kCampaignId]);
  if (!id || *id < 0)
    return Invalid("InvalidFeedback", RecordField::kCampaignId, "be an integer of at least 0");
  entry.campaign_id = static_cast<uint64_t>(*id);
  return {};
}

// An id of a question or a choice; the ids of questions are names of members.
std::optional<uint64_t> ReadId(const JsonValue& value) {
  const auto id = ToInteger(JsonValue{value.is_string() ? JsonType::kNumber : value.type, value.text});
  if (!id || *id < 0) return std::nullopt;
  return static_cast<uint64_t>(*id);
}

Status ReadAnswers(const RawRecord& raw, CollectedBatch::FeedbackEntry& entry) {
  constexpr auto field = RecordField::kAnswers;
  if (!raw[field].given()) return {};
  if (entry.type != CampaignType::kPoll) return Invalid("InvalidFeedback", field, "be of a Poll only");
  if (raw[field].type != JsonType::kObject || raw.answers.size() > kMaxPollAnswers) {
    return Invalid("InvalidFeedback", field,
                   fmt::format("be an object of at most {} answers", kMaxPollAnswers));
  }
  for (const auto& [key, value] : raw.answers) {
    const auto question = ReadId({JsonType::kString, key});
    const auto choice = ReadId(value);
    if (!question || !choice) {
      return Invalid("InvalidFeedback", field, "hold ids of questions, each with the id of a choice");
    }
    entry.answers.push_back({*question, *choice, entry.time});
  }
  return {};
}

Status AddFeedback(const RawRecord& raw, CollectedBatch& batch) {
  CollectedBatch::FeedbackEntry entry;
  RAWHAUL_TRY(ReadCampaign(raw, entry));
  RAWHAUL_TRY(ReadFlags(raw, entry.flags));
  RAWHAUL_TRY(ReadTimestamp(raw, entry.time));
  RAWHAUL_TRY(ReadAnswers(raw, entry));
  batch.feedback.push_back(std::move(entry));
  return {};
}

struct KindSpec {
  std::string_view name;
  RecordKind kind;
  Status (*read)(RawRecord&, const CollectLimits&, Record&);
};
constexpr std::array<KindSpec, 6> kKinds{{
    {"event", RecordKind::kEvent, ReadEvent},
    {"activity", RecordKind::kActivity, ReadActivity},
    {"error", RecordKind::kError, ReadEvent},
    {"crash", RecordKind::kCrash, ReadCrash},
    {"job", RecordKind::kJob, ReadJob},
    {"session", RecordKind::kSession, ReadSession},
}};

}  // namespace

std::optional<RecordField> FindRecordField(std::string_view name) {
  const auto found = std::find(kRecordFieldNames.begin(), kRecordFieldNames.end(), name);
  if (found == kRecordFieldNames.end()) return std::nullopt;
  return static_cast<RecordField>(found - kRecordFieldNames.begin());
}

void RawRecord::Clear() {
  fields.fill({});
  status.clear();
  answers.clear();
  extras.Clear();
}

Status AddRecord(RawRecord& raw, const CollectLimits& limits, CollectedBatch& batch) {
  const JsonValue& kind = raw[RecordField::kKind];
  if (!kind.given()) return Missing(RecordField::kKind);
  if (kind.is_string() && kind.text == "feedback") return AddFeedback(raw, batch);
  const auto spec = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](const KindSpec& s) { return kind.is_string() && s.name == kind.text; });
  if (spec == kKinds.end()) {
    return Invalid("UnknownKind", RecordField::kKind,
                   "be one of activity, event, error, job, crash, session and feedback");
  }
  Record record;
  record.kind = spec->kind;
  RAWHAUL_TRY(spec->read(raw, limits, record));
  batch.records.push_back(std::move(record));
  return {};
}

}  // namespace rawhaul
