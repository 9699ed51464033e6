// Appending of the rows of snapshots, value by value. JsonObject and CsvLine take the same calls, so that
// what both formats have in common is written once, as a template over them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

using OptionalText = std::optional<std::string_view>;

// A JSON object. What is unknown is left out.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  void Text(std::string_view name, const OptionalText& text);
  // The digits of a GUID.
  void Id(std::string_view name, const OptionalText& id) { Text(name, id); }
  // A number or a boolean.
  void Value(std::string_view name, const OptionalText& value);
  // An object or array as JSON.
  void Json(std::string_view name, const OptionalText& json);
  // An object within this one; to be ended before this one goes on.
  JsonObject Object(std::string_view name);
  void End() { out_ += '}'; }

 private:
  void AppendName(std::string_view name);

  std::string& out_;
};

// A line of a CSV file. What is unknown is an empty field; the names stand in the header.
class CsvLine {
 public:
  explicit CsvLine(std::string& out) : out_(out) {}
  CsvLine(const CsvLine&) = delete;
  CsvLine& operator=(const CsvLine&) = delete;

  void Text(std::string_view name, const OptionalText& text);
  void Id(std::string_view name, const OptionalText& id) { Value(name, id); }
  void Value(std::string_view name, const OptionalText& value);
  void Json(std::string_view name, const OptionalText& json) { Text(name, json); }
  // The last field's comma becomes the end of the line.
  void End() { out_.back() = '\n'; }

 private:
  std::string& out_;
};

}  // namespace rawhaul
