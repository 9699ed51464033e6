#include "model/record_batch.h"

#include <fmt/format.h>

#include <span>

#include "model/wire.h"

namespace rawhaul {
namespace {

constexpr uint8_t kVersion = 2;
constexpr uint8_t kVersionWithNul = 1;  // the same, but its texts may hold U+0000

enum HeadFlag : uint8_t { kHasInfo = 1, kHasLocation = 2, kHasUser = 4, kUserNotPlain = 8 };
constexpr uint8_t kKnownHeadFlags = 15;

// The first byte of a row. Two bits each tell the id of the session and of the job.
enum RowFlag : uint8_t { kHasName = 1, kNameNotPlain = 2, kHasExtras = 64, kHasMoreFlags = 128 };
enum class IdFlag : uint8_t { kNone, kOwn, kSame };  // kSame: the last one that a row of this batch gave
constexpr unsigned kSessionShift = 2;
constexpr unsigned kJobShift = 4;

// The second byte, there when any of its flags is set.
enum MoreFlag : uint8_t { kHasStart = 1, kHasEnd = 2, kHasDuration = 4, kHasStack = 8, kStackNotPlain = 16 };
constexpr uint8_t kKnownMoreFlags = 31;

uint8_t IdFlagOf(const Guid& id, const Guid& last, unsigned shift) {
  const IdFlag flag = id.IsZero() ? IdFlag::kNone : id == last ? IdFlag::kSame : IdFlag::kOwn;
  return static_cast<uint8_t>(static_cast<unsigned>(flag) << shift);
}

void PutId(const Guid& id, Guid& last, std::string& out) {
  if (id.IsZero() || id == last) return;
  wire::PutGuid(id, out);
  last = id;
}

// False for a flag that no encoder writes.
bool TakeId(uint8_t flags, unsigned shift, wire::Input& in, Guid& last, Guid& id) {
  switch (static_cast<IdFlag>((flags >> shift) & 3)) {
    case IdFlag::kNone:
      id = Guid{};
      return true;
    case IdFlag::kOwn:
      id = last = in.Guid();
      return true;
    case IdFlag::kSame:
      id = last;
      return !last.IsZero();
  }
  return false;
}

// Appends the length and the escaped text; returns whether it is plain.
bool PutEscaped(std::string_view text, std::string& out) {
  const size_t start = out.size();
  wire::PutVarint(text.size(), out);
  const size_t text_start = out.size();
  const bool plain = AppendJsonEscaped(text, out);
  const size_t escaped_size = out.size() - text_start;
  if (escaped_size != text.size()) {
    std::string length;
    wire::PutVarint(escaped_size, length);
    out.replace(start, text_start - start, length);
  }
  return plain;
}

uint8_t MoreFlagsOf(const Record& record) {
  return static_cast<uint8_t>((record.start ? kHasStart : 0) | (record.end ? kHasEnd : 0) |
                              (record.duration_ms ? kHasDuration : 0) |
                              (record.stack.empty() ? 0 : kHasStack));
}

void PutMoreFields(const Record& record, uint8_t flags, int64_t millis, std::string& out) {
  const size_t flags_at = out.size();
  wire::PutByte(flags, out);
  if (record.start) wire::PutSigned(wire::StorableMillis(*record.start) - millis, out);
  if (record.end) wire::PutSigned(wire::StorableMillis(*record.end) - millis, out);
  if (record.duration_ms) wire::PutSigned(*record.duration_ms, out);
  if (!record.stack.empty() && !PutEscaped(record.stack, out))
    out[flags_at] = static_cast<char>(flags | kStackNotPlain);
}

void ClearMoreFields(RecordRow& row) {
  row.start.reset();
  row.end.reset();
  row.duration_ms.reset();
  row.stack = {};
}

bool TakeMoreFields(wire::Input& in, RecordRow& row) {
  ClearMoreFields(row);
  const uint8_t flags = in.Byte();
  const int64_t millis = ToMillis(row.time);
  if (flags & kHasStart) row.start = FromMillis(in.Time(millis));
  if (flags & kHasEnd) row.end = FromMillis(in.Time(millis));
  if (flags & kHasDuration) row.duration_ms = in.Signed();
  if (flags & kHasStack) row.stack = {in.String(), (flags & kStackNotPlain) == 0};
  return (flags & ~kKnownMoreFlags) == 0;
}

bool IsKind(uint8_t value) {
  return value >= static_cast<uint8_t>(RecordKind::kActivity) &&
         value <= static_cast<uint8_t>(RecordKind::kSession);
}

tl::unexpected<Error> Damaged(std::string_view what) {
  return Fail(ErrorCode::kDataLoss, fmt::format("a stored record batch is damaged: {}", what));
}

// Whether there may be a text with U+0000 in it.
bool MayHoldNul(std::string_view batch) {
  return batch.starts_with(static_cast<char>(kVersionWithNul)) &&
         batch.find(R"(\u0000)") != std::string_view::npos;
}

void WriteHexDigits(uint64_t value, int count, char* out) {
  for (int i = count - 1; i >= 0; --i, value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

}  // namespace

std::string EncodeRecordBatchHead(RecordKind kind, const Guid& device_id, std::string_view user_id,
                                  const Guid& info_id, const Guid& location_id, Timestamp received_at) {
  std::string head;
  std::string user;
  const bool plain = user_id.empty() || PutEscaped(user_id, user);
  wire::PutByte(kVersion, head);
  wire::PutByte(static_cast<uint8_t>(kind), head);
  wire::PutByte(
      static_cast<uint8_t>((info_id.IsZero() ? 0 : kHasInfo) | (location_id.IsZero() ? 0 : kHasLocation) |
                           (user_id.empty() ? 0 : kHasUser) | (plain ? 0 : kUserNotPlain)),
      head);
  wire::PutGuid(device_id, head);
  if (!info_id.IsZero()) wire::PutGuid(info_id, head);
  if (!location_id.IsZero()) wire::PutGuid(location_id, head);
  head += user;
  wire::PutSigned(wire::StorableMillis(received_at), head);
  return head;
}

RecordRowsEncoder::RecordRowsEncoder(Timestamp received_at)
    : previous_millis_(wire::StorableMillis(received_at)) {}

void RecordRowsEncoder::Add(const Record& record) {
  const int64_t millis = wire::StorableMillis(record.time);
  const uint8_t more_flags = MoreFlagsOf(record);
  auto flags = static_cast<uint8_t>(
      IdFlagOf(record.session_id, last_session_, kSessionShift) |
      IdFlagOf(record.job_id, last_job_, kJobShift) | (record.name.empty() ? 0 : kHasName) |
      (record.extras.empty() ? 0 : kHasExtras) | (more_flags == 0 ? 0 : kHasMoreFlags));
  const size_t flags_at = body_.size();
  wire::PutByte(flags, body_);
  wire::PutSigned(millis - previous_millis_, body_);
  if (!record.name.empty() && !PutEscaped(record.name, body_))
    body_[flags_at] = static_cast<char>(flags | kNameNotPlain);
  PutId(record.session_id, last_session_, body_);
  PutId(record.job_id, last_job_, body_);
  if (more_flags != 0) PutMoreFields(record, more_flags, millis, body_);
  if (!record.extras.empty()) wire::PutString(record.extras, body_);
  previous_millis_ = millis;
  ++rows_;
}

std::string RecordRowsEncoder::Finish() {
  std::string out;
  out.reserve(body_.size() + 3);
  wire::PutVarint(rows_, out);
  out += body_;
  return out;
}

Result<RecordBatchReader> RecordBatchReader::Open(std::string_view encoded) {
  RecordBatchReader reader;
  if (MayHoldNul(encoded)) {
    reader.mended_ = std::make_shared<std::string>(encoded);
    encoded = *reader.mended_;
  }
  wire::Input in(encoded);
  const uint8_t version = in.Byte();
  if (in.ok() && version != kVersion && version != kVersionWithNul) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("a stored record batch has version {}; this program reads versions {} and {}",
                            version, kVersionWithNul, kVersion));
  }
  RecordBatchHead& head = reader.head_;
  const uint8_t kind = in.Byte();
  const uint8_t flags = in.Byte();
  head.kind = static_cast<RecordKind>(kind);
  head.device_id = in.Guid();
  if (flags & kHasInfo) head.info_id = in.Guid();
  if (flags & kHasLocation) head.location_id = in.Guid();
  if (flags & kHasUser) head.user_id = {in.String(), (flags & kUserNotPlain) == 0};
  reader.previous_millis_ = in.Time(0);
  head.received_at = FromMillis(reader.previous_millis_);
  const uint64_t rows = in.Varint();
  if (!in.ok()) return Damaged("its head cannot be read");
  if (!IsKind(kind)) return Damaged(fmt::format("there is no kind {}", kind));
  if ((flags & ~kKnownHeadFlags) != 0) return Damaged(fmt::format("unknown flags {:#x} in its head", flags));
  if (rows > kMaxBatchRows)
    return Damaged(fmt::format("{} rows, and at most {} are possible", rows, kMaxBatchRows));
  reader.Mend(head.user_id.json);
  reader.rows_ = static_cast<uint32_t>(rows);
  reader.rest_ = in.rest();
  return reader;
}

bool RecordBatchReader::Next(RecordRow& row) {
  if (!status_) return false;
  if (next_row_ == rows_) {
    if (!rest_.empty()) status_ = Damaged(fmt::format("{} bytes too many behind its rows", rest_.size()));
    return false;
  }
  if (!TakeRow(row)) {
    status_ = Damaged(fmt::format("row {} of {} cannot be read", next_row_ + 1, rows_));
    return false;
  }
  ++next_row_;
  return true;
}

bool RecordBatchReader::TakeRow(RecordRow& row) {
  wire::Input in(rest_);
  const uint8_t flags = in.Byte();
  previous_millis_ = in.Time(previous_millis_);
  row.time = FromMillis(previous_millis_);
  row.name = flags & kHasName ? EscapedText{in.String(), (flags & kNameNotPlain) == 0} : EscapedText{};
  if (!TakeId(flags, kSessionShift, in, last_session_, row.session_id)) return false;
  if (!TakeId(flags, kJobShift, in, last_job_, row.job_id)) return false;
  if ((flags & kHasMoreFlags) == 0) {
    ClearMoreFields(row);
  } else if (!TakeMoreFields(in, row)) {
    return false;
  }
  row.extras = flags & kHasExtras ? in.String() : std::string_view();
  rest_ = in.rest();
  if (mended_) {
    for (const std::string_view text : {row.name.json, row.stack.json, row.extras}) Mend(text);
  }
  return in.ok();
}

// In place, since an escape is replaced by one as long.
void RecordBatchReader::Mend(std::string_view text) {
  if (!mended_ || text.empty()) return;
  ReplaceUnstorableEscapes(
      std::span(*mended_).subspan(static_cast<size_t>(text.data() - mended_->data()), text.size()));
}

void WriteRecordId(const RecordId& id, char* out) {
  WriteHexDigits(id.sequence, 16, out);
  out[0] = static_cast<char>('g' + (id.sequence >> 60));
  WriteRecordIdRow(id.row, out);
}

void WriteRecordIdRow(uint32_t row, char* out) { WriteHexDigits(row, 4, out + 16); }

}  // namespace rawhaul
