#include "exports.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "format/encoder.h"
#include "format/encoder_testing.h"
#include "json.h"
#include "model/record_batch.h"
#include "model/wire.h"
#include "property.h"

namespace rawhaul::fuzz {
namespace {

namespace json = boost::json;

using Row = json::object;
using Rows = std::vector<Row>;
using CsvRows = std::vector<std::vector<std::string>>;

constexpr std::string_view kZeros = "00000000000000000000000000000000";

json::string_view View(std::string_view text) { return {text.data(), text.size()}; }

ExportType TypeOf(RecordKind kind) {
  for (const ExportType type : {ExportType::kActivity, ExportType::kEvent, ExportType::kError,
                                ExportType::kCrash, ExportType::kJob}) {
    if (RecordKindOf(type) == kind) return type;
  }
  return ExportType::kSession;
}

std::string FileOf(ExportType type, ExportFormat format, std::string_view batch) {
  std::string text;
  const auto encoded = format_testing::EncodeRecords(type, format, 7, batch, text);
  Require(encoded.has_value(), "a valid batch can be exported");
  const FileFrame frame = FrameOf(type, format);
  return frame.head + text + frame.tail;
}

Row ParseObject(std::string_view text) {
  auto parsed = ParseJson(text);
  Require(parsed.value && parsed.value->is_object(), "an exported element is a JSON object");
  return std::move(parsed.value->as_object());
}

Rows ReadJsonLines(std::string_view text) {
  Rows rows;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    Require(end != std::string_view::npos, "a line has an end");
    rows.push_back(ParseObject(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return rows;
}

// Nested elements as flat rows: an inner record takes over what its element says of all of them.
Rows ReadJson(std::string_view text) {
  const auto parsed = ParseJson(text);
  Require(parsed.value && parsed.value->is_array(), "a JSON file is an array");
  Rows rows;
  for (const json::value& element : parsed.value->as_array()) {
    Row outer = element.as_object();
    json::array inner{Row{}};
    for (const char* name : {"activities", "events", "errors", "crashes"}) {
      if (auto* list = outer.if_contains(name)) {
        inner = std::move(list->as_array());
        outer.erase(name);
      }
    }
    for (const json::value& record : inner) {
      Row row = outer;
      for (const auto& [key, value] : record.as_object()) row[key] = value;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string CsvFieldOf(const json::value* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->as_string());
  return json::serialize(*value);
}

void RequireCsv(const CsvRows& table, const Rows& rows) {
  Require(table.size() == rows.size() + 1, "CSV has every row");
  const auto& columns = table.front();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& fields = table[i + 1];
    Require(fields.size() == columns.size(), "a row of CSV has a field for every column");
    for (size_t c = 0; c < columns.size(); ++c) {
      const json::value* value = rows[i].if_contains(View(columns[c]));
      const bool same = value != nullptr && value->is_object() ? ParseJson(fields[c]).value == *value
                                                               : fields[c] == CsvFieldOf(value);
      Require(same, "CSV says the same as JSON lines");
    }
  }
}

void RequireJson(const Rows& nested, const Rows& rows) {
  Require(nested.size() == rows.size(), "JSON has every record");
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [key, value] : nested[i]) {
      const json::value* flat = rows[i].if_contains(key);
      Require(flat == nullptr ? value == View(kZeros) : value == *flat, "JSON says the same as JSON lines");
    }
    for (const auto& [key, value] : rows[i]) {
      const bool is_flat_only = key == "recordId" || key == "receivedAt";
      Require(is_flat_only || nested[i].contains(key), "JSON says all that JSON lines say");
    }
  }
}

json::value Optional(std::string_view text) { return text.empty() ? json::value() : json::value(View(text)); }
json::value Optional(const Guid& guid) { return guid.IsZero() ? json::value() : json::value(guid.ToHex()); }
json::value Optional(const std::optional<Timestamp>& time) {
  if (!time) return {};
  return json::value(FormatTimestamp(FromMillis(wire::StorableMillis(*time))));
}

// By key; null for what is unknown.
Row ExpectedOf(const Record& record) {
  return {
      {record.kind == RecordKind::kCrash ? "crashId" : "name", Optional(record.name)},
      {"timestamp", Optional(std::optional(record.time))},
      {"start", Optional(record.start)},
      {"end", Optional(record.end)},
      {"sessionId", Optional(record.session_id)},
      {"jobId", Optional(record.job_id)},
      {"durationMs", record.duration_ms ? json::value(*record.duration_ms) : json::value()},
      {"stack", Optional(record.stack)},
      {"extras", record.extras.empty() ? json::value() : *ParseJson(record.extras).value},
  };
}

void RequireRecord(const Row& row, const Record& record, const std::vector<std::string>& columns) {
  const Row expected = ExpectedOf(record);
  for (const std::string& column : columns) {
    const json::value* value = expected.if_contains(View(column));
    if (value == nullptr) continue;  // of the batch's head
    const json::value* exported = row.if_contains(View(column));
    const bool says_nothing = exported == nullptr || *exported == "";
    Require(value->is_null() ? says_nothing : exported != nullptr && *exported == *value,
            "a record is exported as it was collected");
  }
}

}  // namespace

void RequireExports(std::string_view batch, const std::vector<Record>& records) {
  for (const Record& record : records) {
    if (!record.extras.empty() && !ParseJson(record.extras).value)
      return;  // has a number that the reader cannot hold
  }
  GTEST_FLAG_SET(throw_on_failure, true);  // ParseCsv reports by gtest
  const ExportType type = TypeOf(RecordBatchReader::Open(batch)->head().kind);
  const Rows rows = ReadJsonLines(FileOf(type, ExportFormat::kJsonLinesBlob, batch));
  const CsvRows table = format_testing::ParseCsv(FileOf(type, ExportFormat::kCsvBlob, batch));
  RequireCsv(table, rows);
  RequireJson(ReadJson(FileOf(type, ExportFormat::kJsonBlob, batch)), rows);
  Require(rows.size() == records.size(), "every record is exported once");
  for (size_t i = 0; i < rows.size(); ++i) RequireRecord(rows[i], records[i], table.front());
}

}  // namespace rawhaul::fuzz
