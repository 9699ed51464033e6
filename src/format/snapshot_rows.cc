#include "format/snapshot_rows.h"

#include "format/csv_text.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  AppendJsonEscaped(text, out);
  out += '"';
}

}  // namespace

void JsonObject::AppendName(std::string_view name) {
  if (out_.back() != '{') out_ += ',';
  AppendJsonString(name, out_);
  out_ += ':';
}

void JsonObject::Text(std::string_view name, const OptionalText& text) {
  if (!text) return;
  AppendName(name);
  AppendJsonString(*text, out_);
}

void JsonObject::Value(std::string_view name, const OptionalText& value) {
  if (!value) return;
  AppendName(name);
  out_ += *value;
}

void JsonObject::Json(std::string_view name, const OptionalText& json) { Value(name, json); }

JsonObject JsonObject::Object(std::string_view name) {
  AppendName(name);
  return JsonObject(out_);
}

void CsvLine::Text(std::string_view, const OptionalText& text) {
  if (text) AppendCsvText(*text, out_);
  out_ += ',';
}

void CsvLine::Value(std::string_view, const OptionalText& value) {
  if (value) out_ += *value;
  out_ += ',';
}

}  // namespace rawhaul
