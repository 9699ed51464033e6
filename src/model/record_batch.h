// The stored form of records: one device, one kind, one hour. What is the same for all rows stands once in
// the head, and strings are kept JSON-escaped and flagged where they are the text itself, so that an export
// is little more than copying. Byte layout: docs/storage-format.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "model/json_text.h"
#include "model/record.h"

namespace rawhaul {

struct RecordBatchHead {
  RecordKind kind = RecordKind::kEvent;
  Guid device_id;
  Guid info_id;      // zero: unknown
  Guid location_id;  // zero: unknown
  Timestamp received_at;
  EscapedText user_id;  // empty: unknown
};

// Views into the encoded batch.
struct RecordRow {
  EscapedText name;
  Timestamp time;
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  Guid session_id;
  Guid job_id;
  std::optional<int64_t> duration_ms;
  EscapedText stack;
  std::string_view extras;  // a JSON object, empty for none
};

// At most this many rows in one batch: the row's number is 16 bits of its recordId.
inline constexpr uint32_t kMaxBatchRows = 65535;

// What stands in front of the rows. `user_id` is plain UTF-8 text, not escaped; empty when unknown.
std::string EncodeRecordBatchHead(RecordKind kind, const Guid& device_id, std::string_view user_id,
                                  const Guid& info_id, const Guid& location_id, Timestamp received_at);

// The rows by themselves: what they say does not depend on what is known of the device.
class RecordRowsEncoder {
 public:
  // REQUIRES the head's `received_at`.
  explicit RecordRowsEncoder(Timestamp received_at);

  // REQUIRES records of one kind, fewer than kMaxBatchRows rows so far, and no escape of U+0000 in
  // record.extras. Times outside the years 1970 to 9999 are moved to the nearest one within.
  void Add(const Record& record);
  uint32_t rows() const { return rows_; }
  // What follows the head in an encoded batch; the encoder is spent.
  std::string Finish();

 private:
  std::string body_;
  uint32_t rows_ = 0;
  int64_t previous_millis_ = 0;
  Guid last_session_;
  Guid last_job_;
};

// Reads a batch in place. The bytes must outlive the reader, and both the rows. Bounds are checked: damaged
// bytes give kDataLoss, never a read outside of them.
//
// Batches of version 1 may hold texts with U+0000. They are read with U+FFFD in its place.
class RecordBatchReader {
 public:
  static Result<RecordBatchReader> Open(std::string_view encoded);

  const RecordBatchHead& head() const { return head_; }
  uint32_t rows() const { return rows_; }
  // Gives every field of `row` a value. False at the end and at an error; status() tells which.
  bool Next(RecordRow& row);
  const Status& status() const { return status_; }

 private:
  RecordBatchReader() = default;
  bool TakeRow(RecordRow& row);
  // `text` lies within mended_.
  void Mend(std::string_view text);

  std::shared_ptr<std::string> mended_;  // a copy of the batch in which U+0000 is replaced; null: needs none

  RecordBatchHead head_;
  std::string_view rest_;
  uint32_t rows_ = 0;
  uint32_t next_row_ = 0;
  int64_t previous_millis_ = 0;
  Guid last_session_;
  Guid last_job_;
  Status status_;
};

// The `recordId` of exports, unique over all records of a store and the same in every export: the sequence in
// 16 hex digits and the row in 4, the first digit as a letter from g (0) to v (15). Without it, ids like
// 000000000000001e0000 are numbers to many a reader.
struct RecordId {
  uint64_t sequence = 0;  // of its batch
  uint32_t row = 0;       // in it

  auto operator<=>(const RecordId&) const = default;
};
inline constexpr size_t kRecordIdLength = 20;
void WriteRecordId(const RecordId& id, char* out);
// Only the digits of the row, in an id that stands in `out` already.
void WriteRecordIdRow(uint32_t row, char* out);

}  // namespace rawhaul
