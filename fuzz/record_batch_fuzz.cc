// Of stored record batches: damaged bytes are refused or become rows, within bounds; rows that an encoder
// could have written are exported as they are and encode to the same rows again.
#include <array>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "exports.h"
#include "format/encoder.h"
#include "json.h"
#include "model/record_batch.h"
#include "model/record_batch_testing.h"
#include "model/wire.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

constexpr std::array kTypes{ExportType::kActivity, ExportType::kEvent, ExportType::kError,
                            ExportType::kCrash,    ExportType::kJob,   ExportType::kSession};
constexpr std::array kFormats{ExportFormat::kJsonBlob, ExportFormat::kCsvBlob, ExportFormat::kJsonLinesBlob};

// The rows, or none where the batch is damaged.
std::optional<std::vector<RecordRow>> ReadRows(RecordBatchReader reader) {
  std::vector<RecordRow> rows;
  RecordRow row;
  while (reader.Next(row)) rows.push_back(row);
  if (!reader.status()) {
    Require(reader.status().error().code == ErrorCode::kDataLoss, "damage is called damage");
    return std::nullopt;
  }
  Require(rows.size() == reader.rows() && rows.size() <= kMaxBatchRows, "as many rows as the head says");
  return rows;
}

bool IsTime(Timestamp time) { return ToMillis(time) >= 0 && ToMillis(time) <= wire::kMaxMillis; }

// Whether an encoder would write the text like this.
bool IsCanonical(const EscapedText& text) {
  const std::string plain = JsonUnescape(text.json);
  std::string escaped;
  const bool is_plain = AppendJsonEscaped(plain, escaped);
  return IsUtf8(plain) && escaped == text.json && is_plain == text.plain;
}

bool IsCanonical(std::string_view extras) {
  if (extras.empty()) return true;
  const auto parsed = fuzz::ParseJson(extras);
  return parsed.value && parsed.value->is_object() && extras.find_first_of("\r\n") == std::string_view::npos;
}

Record ToRecord(RecordKind kind, const RecordRow& row) {
  Record record;
  record.kind = kind;
  record.name = JsonUnescape(row.name.json);
  record.time = row.time;
  record.start = row.start;
  record.end = row.end;
  record.session_id = row.session_id;
  record.job_id = row.job_id;
  record.duration_ms = row.duration_ms;
  record.stack = JsonUnescape(row.stack.json);
  record.extras = row.extras;
  return record;
}

bool Equal(const RecordRow& a, const RecordRow& b) {
  return a.name.json == b.name.json && a.name.plain == b.name.plain && a.time == b.time &&
         a.start == b.start && a.end == b.end && a.session_id == b.session_id && a.job_id == b.job_id &&
         a.duration_ms == b.duration_ms && a.stack.json == b.stack.json && a.stack.plain == b.stack.plain &&
         a.extras == b.extras;
}

void RequireRoundTrip(const RecordBatchHead& head, const std::vector<RecordRow>& rows) {
  RecordBatchEncoder encoder(head.kind, head.device_id, JsonUnescape(head.user_id.json), head.info_id,
                             head.location_id, head.received_at);
  for (const RecordRow& row : rows) encoder.Add(ToRecord(head.kind, row));
  const std::string encoded = encoder.Finish();
  const auto reader = RecordBatchReader::Open(encoded);
  Require(reader.has_value(), "what was encoded can be read");
  Require(reader->head().device_id == head.device_id && reader->head().user_id.json == head.user_id.json &&
              reader->head().received_at == head.received_at,
          "a head that is written again is the same");
  const auto again = ReadRows(*reader);
  Require(again && std::equal(rows.begin(), rows.end(), again->begin(), again->end(), Equal),
          "rows that are written again are the same");
}

// Encoding never fails half-way: all rows or none.
void RequireWhole(std::string_view batch, const RecordBatchHead* head, size_t rows, bool readable) {
  for (const ExportType type : kTypes) {
    for (const ExportFormat format : kFormats) {
      ByteBuffer out("before");
      const auto encoded = MakeRecordEncoder(type, format)->Encode(7, batch, out);
      const bool expected = readable && RecordKindOf(type) == head->kind;
      Require(encoded.has_value() == expected,
              "what can be read can be exported as its type, and nothing else");
      Require(encoded ? encoded->rows == rows
                      : out.view() == "before" && encoded.error().code == ErrorCode::kDataLoss,
              "a batch is exported whole or not at all");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view batch = fuzz::AsText(data, size);
  const auto reader = RecordBatchReader::Open(batch);
  if (!reader) {
    Require(reader.error().code == ErrorCode::kDataLoss, "damage is called damage");
    RequireWhole(batch, nullptr, 0, false);
    return 0;
  }
  const RecordBatchHead& head = reader->head();
  const auto rows = ReadRows(*reader);
  RequireWhole(batch, &head, rows ? rows->size() : 0, rows.has_value());
  if (!rows || !IsCanonical(head.user_id)) return 0;
  Require(IsTime(head.received_at), "times are those of the years 1970 to 9999");
  std::vector<Record> records;
  for (const RecordRow& row : *rows) {
    Require(IsTime(row.time) && IsTime(row.start.value_or(row.time)) && IsTime(row.end.value_or(row.time)),
            "times are those of the years 1970 to 9999");
    if (!IsCanonical(row.name) || !IsCanonical(row.stack) || !IsCanonical(row.extras)) return 0;
    records.push_back(ToRecord(head.kind, row));
  }
  RequireRoundTrip(head, *rows);
  fuzz::RequireExports(batch, records);
  return 0;
}
