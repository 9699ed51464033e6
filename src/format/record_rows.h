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

#include "base/byte_buffer.h"
#include "format/encoder.h"
#include "format/record_fields.h"
#include "format/text_writer.h"
#include "model/record_batch.h"

namespace rawhaul {

// Between the elements of a JSON array.
inline constexpr std::string_view kJsonSeparator = ",\n";

// The three kinds of encoders behind MakeRecordEncoder.
std::unique_ptr<RecordEncoder> MakeJsonArrayEncoder(RecordKind kind);
std::unique_ptr<RecordEncoder> MakeJsonLinesEncoder(RecordKind kind);
std::unique_ptr<RecordEncoder> MakeCsvEncoder(RecordKind kind);

// Writes timestamps. Those of neighbouring batches mostly lie in one hour, whose text is kept.
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

// Writes the ids of a batch's rows, one after the other.
class RecordIdWriter {
 public:
  void Begin(const RecordId& first) {
    WriteRecordId(first, text_);
    row_ = first.row;
  }
  char* Put(char* to) {
    WriteRecordIdRow(row_++, text_);
    std::memcpy(to, text_, kRecordIdLength);
    return to + kRecordIdLength;
  }

 private:
  char text_[kRecordIdLength];
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
  // Forgets the batch before. The pieces of the new one take at most `bound` bytes.
  void Begin(size_t bound) {
    text_.Truncate(0);
    end_ = text_.Claim(bound);
  }
  // `render(char* to)` writes the field at `to` and returns the end.
  template <typename Render>
  void Add(Field field, Render render) {
    char* const start = end_;
    end_ = render(start);
    pieces_[static_cast<size_t>(field)] = {start, end_};
  }
  std::string_view operator[](Field field) const { return pieces_[static_cast<size_t>(field)]; }

 private:
  ByteBuffer text_;
  char* end_ = nullptr;
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

// The error of a batch that is not where it belongs.
tl::unexpected<Error> WrongKind(uint64_t sequence, RecordKind found, RecordKind wanted);

// Rows is what makes the text of one kind in one format: `Begin(head, first_id, is_first)` starts a batch,
// `Put(to, row)` writes one row and `Finish(to)` what comes behind the last one; both return the end.
template <typename Rows>
class RowsEncoder final : public RecordEncoder {
 public:
  explicit RowsEncoder(RecordKind kind) : kind_(kind) {}

  Result<Encoded> Encode(uint64_t sequence, std::string_view batch, ByteBuffer& out) override {
    RAWHAUL_ASSIGN(auto reader, RecordBatchReader::Open(batch));
    if (reader.head().kind != kind_) return WrongKind(sequence, reader.head().kind, kind_);
    rows_.Begin(reader.head(), {sequence, 0}, out.empty());
    const size_t start = out.size();
    Encoded encoded = EncodeRows(reader, out);
    if (!reader.status() || encoded.rows == 0) {
      out.Truncate(start);
      RAWHAUL_TRY(reader.status());
      return Encoded{};
    }
    out.Commit(rows_.Finish(out.Claim(kFixedTextBound)));
    return encoded;
  }

  Encoded EncodeRow(const RecordId& id, const RecordBatchHead& head, const RecordRow& row,
                    ByteBuffer& out) override {
    rows_.Begin(head, id, out.empty());
    PutRow(BatchTextBound(head), row, out);
    out.Commit(rows_.Finish(out.Claim(kFixedTextBound)));
    return {1, row.time, row.time};
  }

 private:
  // `fixed`: the longest text that the row has besides its strings.
  void PutRow(size_t fixed, const RecordRow& row, ByteBuffer& out) {
    const size_t strings = row.name.json.size() + row.stack.json.size() + row.extras.size();
    out.Commit(rows_.Put(out.Claim(fixed + kTextGrowth * strings), row));
  }

  Encoded EncodeRows(RecordBatchReader& reader, ByteBuffer& out) {
    const size_t fixed = BatchTextBound(reader.head());
    Timestamp first = Timestamp::max();
    Timestamp last = Timestamp::min();
    uint64_t rows = 0;
    for (RecordRow row; reader.Next(row); ++rows) {
      PutRow(fixed, row, out);
      first = std::min(first, row.time);
      last = std::max(last, row.time);
    }
    return {rows, first, last};
  }

  const RecordKind kind_;
  Rows rows_;
};

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
