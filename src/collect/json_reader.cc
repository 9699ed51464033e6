#include "collect/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "base/unicode.h"
#include "model/json_fault.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

namespace ondemand = simdjson::ondemand;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

JsonType Convert(ondemand::json_type type) {
  switch (type) {
    case ondemand::json_type::array:
      return JsonType::kArray;
    case ondemand::json_type::object:
      return JsonType::kObject;
    case ondemand::json_type::number:
      return JsonType::kNumber;
    case ondemand::json_type::string:
      return JsonType::kString;
    case ondemand::json_type::boolean:
      return JsonType::kBoolean;
    default:
      return JsonType::kNull;
  }
}

tl::unexpected<Error> MalformedText(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "MalformedJson");
}

}  // namespace

Status JsonReader::Open(std::string_view json) {
  if (buffer_.size() < json.size() + simdjson::SIMDJSON_PADDING) {
    buffer_.resize(std::bit_ceil(json.size() + simdjson::SIMDJSON_PADDING));
  }
  std::memcpy(buffer_.data(), json.data(), json.size());
  std::memset(buffer_.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
  size_ = json.size();
  ReplaceUnstorableEscapes(std::span(buffer_).first(size_));
  const size_t mark = size_ - WithoutByteOrderMark(json).size();
  const auto error =
      parser_.iterate(buffer_.data() + mark, size_ - mark, buffer_.size() - mark).get(document_);
  return error ? Malformed(error) : Status();
}

Result<JsonType> JsonReader::BodyType() {
  ondemand::json_type type;
  if (const auto error = document_.type().get(type)) return Malformed(error);
  return Convert(type);
}

Status JsonReader::CheckEnd() {
  const bool at_end = document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return at_end ? Status() : Malformed(simdjson::TRAILING_CONTENT);
}

Result<JsonType> JsonReader::TypeOf(Value& value) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return Malformed(error);
  return Convert(type);
}

Result<JsonValue> JsonReader::ReadValue(Value& value, int depth) {
  RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
  switch (type) {
    case JsonType::kString:
      return ReadString(value);
    case JsonType::kNumber:
      return ReadNumber(value);
    case JsonType::kObject:
    case JsonType::kArray:
      RAWHAUL_TRY(PassOver(value, type, depth));
      return JsonValue{type, {}};
    default:
      return ReadLiteral(value, type);
  }
}

Result<JsonValue> JsonReader::ReadString(Value& value) {
  std::string_view text;
  if (const auto error = value.get_string().get(text)) return Malformed(error);
  return JsonValue{JsonType::kString, text};
}

Result<JsonValue> JsonReader::ReadNumber(Value& value) {
  const std::string_view token = TrimRight(value.raw_json_token());
  if (!IsJsonNumber(token)) return Malformed(simdjson::NUMBER_ERROR);
  return JsonValue{JsonType::kNumber, token};
}

Result<JsonValue> JsonReader::ReadLiteral(Value& value, JsonType type) {
  if (type == JsonType::kBoolean) {
    bool on = false;
    if (const auto error = value.get_bool().get(on)) return Malformed(error);
    return JsonValue{type, on ? "true" : "false"};
  }
  bool null = false;
  if (value.is_null().get(null) || !null) return Malformed(simdjson::N_ATOM_ERROR);
  return JsonValue{type, {}};
}

Status JsonReader::PassOver(Value& value, JsonType type, int depth) {
  RAWHAUL_TRY(CheckDepth(depth));
  const auto read = [&](Value& child) { return ReadValue(child, depth + 1).map([](const JsonValue&) {}); };
  if (type == JsonType::kArray) return ForEachElement(value, read);
  return ForEachField(value, [&](std::string_view, Value& child) { return read(child); });
}

Result<JsonType> JsonReader::AppendText(Value& value, int depth, std::string& out) {
  RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
  if (type == JsonType::kObject || type == JsonType::kArray) {
    RAWHAUL_TRY(CheckDepth(depth));
    RAWHAUL_TRY(type == JsonType::kObject ? AppendObject(value, depth, out) : AppendArray(value, depth, out));
    return type;
  }
  RAWHAUL_ASSIGN(const JsonValue plain, ReadValue(value, depth));
  AppendPlain(plain, out);
  return type;
}

Status JsonReader::AppendObject(Value& value, int depth, std::string& out) {
  char before = '{';
  RAWHAUL_TRY(ForEachField(value, [&](std::string_view key, Value& member) -> Status {
    out += std::exchange(before, ',');
    AppendPlain({JsonType::kString, key}, out);
    out += ':';
    return AppendText(member, depth + 1, out).map([](JsonType) {});
  }));
  out += before == '{' ? "{}" : "}";
  return {};
}

Status JsonReader::AppendArray(Value& value, int depth, std::string& out) {
  char before = '[';
  RAWHAUL_TRY(ForEachElement(value, [&](Value& element) -> Status {
    out += std::exchange(before, ',');
    return AppendText(element, depth + 1, out).map([](JsonType) {});
  }));
  out += before == '[' ? "[]" : "]";
  return {};
}

Status JsonReader::CheckDepth(int depth) {
  if (depth < kMaxDepth) return {};
  return MalformedHere(fmt::format("nested deeper than {} levels", kMaxDepth));
}

tl::unexpected<Error> JsonReader::Malformed(simdjson::error_code error) {
  auto fault = FindJsonFault({buffer_.data(), size_});
  return fault ? MalformedText(*std::move(fault)) : MalformedHere(simdjson::error_message(error));
}

tl::unexpected<Error> JsonReader::MalformedHere(std::string_view message) {
  const char* at = nullptr;
  const char* const begin = buffer_.data();
  if (document_.current_location().get(at) || at < begin || at > begin + size_) at = begin + size_;
  const std::string_view before(begin, static_cast<size_t>(at - begin));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return MalformedText(fmt::format("line {} column {}: {}", line, column, message));
}

}  // namespace rawhaul
