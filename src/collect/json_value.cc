#include "collect/json_value.h"

#include "base/integer.h"
#include "model/json_text.h"

namespace rawhaul {
std::optional<int64_t> ToInteger(const JsonValue& value) {
  if (value.type != JsonType::kNumber) return std::nullopt;
  return ParseInteger<int64_t>(value.text);
}

void AppendPlain(const JsonValue& value, std::string& out) {
  switch (value.type) {
    case JsonType::kString:
      out += '"';
      AppendJsonEscaped(value.text, out);
      out += '"';
      break;
    case JsonType::kNull:
      out += "null";
      break;
    default:
      out += value.text;
  }
}

}  // namespace rawhaul
