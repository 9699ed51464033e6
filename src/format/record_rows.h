// What the encoders of records share: the loop over a batch, and the text that its rows have in common.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "format/encoder.h"
#include "format/record_fields.h"
#include "format/text_buffer.h"
#include "model/record_batch.h"

namespace rawhaul {

// Between the elements of a JSON array.
inline constexpr std::string_view kJsonSeparator = ",\n";

Result<Encoded> EncodeJsonArray(RecordBatchReader& reader, std::string& out);
Result<Encoded> EncodeJsonLines(RecordBatchReader& reader, uint64_t sequence, std::string& out);
Result<Encoded> EncodeCsv(RecordBatchReader& reader, uint64_t sequence, std::string& out);

// Writes timestamps. Those of a batch mostly lie in one hour, whose text is kept.
class TimestampWriter {
 public:
  char* Put(char* to, Timestamp time) {
    const int64_t into_hour = ToMillis(time) - hour_start_;
    if (into_hour < 0 || into_hour >= kHour) return PutOfNewHour(to, time);
    const auto millis = static_cast<unsigned>(into_hour);
    std::memcpy(to, text_.data(), text_.size());
    PutTwoDigits(to + 14, millis / 60000);
    PutTwoDigits(to + 17, millis / 1000 % 60);
    PutTwoDigits(to + 20, millis % 1000 / 10);
    to[22] = static_cast<char>('0' + millis % 10);
    return to + kTimestampLength;
  }

 private:
  static constexpr int64_t kHour = 3'600'000;

  static void PutTwoDigits(char* to, unsigned value) {
    to[0] = static_cast<char>('0' + value / 10);
    to[1] = static_cast<char>('0' + value % 10);
  }
  char* PutOfNewHour(char* to, Timestamp time) {
    WriteTimestamp(time, text_.data());
    hour_start_ = ToMillis(std::chrono::floor<std::chrono::hours>(time));
    std::memcpy(to, text_.data(), text_.size());
    return to + kTimestampLength;
  }

  std::array<char, kTimestampLength> text_{};
  int64_t hour_start_ = std::numeric_limits<int64_t>::min() / 2;
};

// Writes GUIDs. Rows mostly have the session of the row before, whose digits are kept.
class GuidWriter {
 public:
  char* Put(char* to, const Guid& guid) {
    if (guid != guid_) {
      guid_ = guid;
      guid.WriteHex(hex_);
    }
    std::memcpy(to, hex_, kLength);
    return to + kLength;
  }

 private:
  static constexpr size_t kLength = 32;

  Guid guid_;
  char hex_[kLength + 1] = "00000000000000000000000000000000";
};

class RecordIdWriter {
 public:
  explicit RecordIdWriter(uint64_t sequence) : sequence_(sequence) {}
  // The id of the next row.
  char* Put(char* to) {
    WriteRecordId(sequence_, row_++, to);
    return to + kRecordIdLength;
  }

 private:
  uint64_t sequence_;
  uint32_t row_ = 0;
};

constexpr bool IsSameForAllRows(Field field) {
  using enum Field;
  return field == kDeviceId || field == kUserId || field == kInfoId || field == kInfoIdIfKnown ||
         field == kLocationId || field == kLocationIdIfKnown || field == kReceivedAt;
}

// The value of a field: Guid, EscapedText, std::optional<Timestamp>, std::optional<int64_t> or
// std::string_view (JSON).
template <Field kField>
auto ValueOf(const RecordBatchHead& head) {
  using enum Field;
  if constexpr (kField == kDeviceId) return head.device_id;
  if constexpr (kField == kUserId) return head.user_id;
  if constexpr (kField == kInfoId || kField == kInfoIdIfKnown) return head.info_id;
  if constexpr (kField == kLocationId || kField == kLocationIdIfKnown) return head.location_id;
  if constexpr (kField == kReceivedAt) return std::optional(head.received_at);
}
template <Field kField>
auto ValueOf(const RecordRow& row) {
  using enum Field;
  if constexpr (kField == kSessionId) return row.session_id;
  if constexpr (kField == kJobId || kField == kJobIdIfKnown) return row.job_id;
  if constexpr (kField == kName || kField == kCrashId) return row.name;
  if constexpr (kField == kTimestamp) return std::optional(row.time);
  if constexpr (kField == kDurationMs) return row.duration_ms;
  if constexpr (kField == kStart) return row.start;
  if constexpr (kField == kEnd) return row.end;
  if constexpr (kField == kStack) return row.stack;
  if constexpr (kField == kExtras) return row.extras;
}

inline bool IsKnown(const Guid& id) { return !id.IsZero(); }
inline bool IsKnown(EscapedText text) { return !text.json.empty(); }
inline bool IsKnown(std::string_view json) { return !json.empty(); }
template <typename T>
bool IsKnown(const std::optional<T>& value) {
  return value.has_value();
}

// The fields that are the same for all rows of a batch, rendered once: pieces of text, to be copied to every
// row.
class BatchText {
 public:
  explicit BatchText(size_t capacity)
      : text_(std::make_unique_for_overwrite<char[]>(capacity)), end_(text_.get()) {}

  // `render(char* to)` writes the field at `to` and returns the end. REQUIRES that all pieces fit the
  // capacity.
  template <typename Render>
  void Add(Field field, Render render) {
    char* const start = end_;
    end_ = render(start);
    pieces_[static_cast<size_t>(field)] = {start, end_};
  }
  std::string_view operator[](Field field) const { return pieces_[static_cast<size_t>(field)]; }

 private:
  std::unique_ptr<char[]> text_;
  char* end_;
  std::array<std::string_view, static_cast<size_t>(Field::kLocationIdIfKnown) + 1> pieces_{};
};

// The text of a row is no longer than kFixedTextBound plus kTextGrowth times that of its strings in the
// batch: a CSV field at worst consists of quotes, which are doubled. The fixed part has room for every key,
// GUID, time and number.
inline constexpr size_t kFixedTextBound = 1024;
inline constexpr size_t kTextGrowth = 2;
inline size_t BatchTextBound(const RecordBatchHead& head) {
  return kFixedTextBound + kTextGrowth * head.user_id.json.size();
}

// Appends to `out` what `rows` makes of a batch, or nothing when the batch is damaged. `rows.Put(to, row)`
// writes one row and `rows.Finish(to)` what comes behind the last one; both return the end.
template <typename Rows>
Result<Encoded> EncodeRows(RecordBatchReader& reader, Rows rows, std::string& out) {
  constexpr size_t kUsualRow = 512;
  const size_t fixed = BatchTextBound(reader.head());
  TextBuffer buffer(fixed + reader.rows() * kUsualRow);
  Encoded encoded;
  Timestamp first = Timestamp::max();
  Timestamp last = Timestamp::min();
  for (RecordRow row; reader.Next(row); ++encoded.rows) {
    const size_t strings = row.name.json.size() + row.stack.json.size() + row.extras.size();
    buffer.Commit(rows.Put(buffer.Claim(fixed + kTextGrowth * strings), row));
    first = std::min(first, row.time);
    last = std::max(last, row.time);
  }
  RAWHAUL_TRY(reader.status());
  if (encoded.rows == 0) return encoded;
  buffer.Commit(rows.Finish(buffer.Claim(kFixedTextBound)));
  out += buffer.text();
  encoded.first = first;
  encoded.last = last;
  return encoded;
}

// Calls `function.operator()<kind>()`.
template <typename Function>
auto WithKind(RecordKind kind, Function function) {
  switch (kind) {
    case RecordKind::kActivity:
      return function.template operator()<RecordKind::kActivity>();
    case RecordKind::kError:
      return function.template operator()<RecordKind::kError>();
    case RecordKind::kCrash:
      return function.template operator()<RecordKind::kCrash>();
    case RecordKind::kJob:
      return function.template operator()<RecordKind::kJob>();
    case RecordKind::kSession:
      return function.template operator()<RecordKind::kSession>();
    case RecordKind::kEvent:
      break;
  }
  return function.template operator()<RecordKind::kEvent>();
}

}  // namespace rawhaul
