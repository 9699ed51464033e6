#include "collect/json_value.h"

#include <algorithm>

#include "base/integer.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

bool IsTail(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits off the front; false when there are none.
bool TakeDigits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const bool any = end != text.begin();
  text.remove_prefix(static_cast<size_t>(end - text.begin()));
  return any;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool IsJsonNumber(std::string_view token) {
  Take(token, '-');
  if (!Take(token, '0') && !TakeDigits(token)) return false;
  if (Take(token, '.') && !TakeDigits(token)) return false;
  if (Take(token, 'e') || Take(token, 'E')) {
    if (!Take(token, '+')) Take(token, '-');
    if (!TakeDigits(token)) return false;
  }
  return token.empty();
}

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

std::string Quoted(std::string_view text) {
  constexpr size_t kShownBytes = 64;
  if (text.size() <= kShownBytes) return '"' + std::string(text) + '"';
  size_t end = kShownBytes;
  while (end > 0 && IsTail(text[end])) --end;
  return '"' + std::string(text.substr(0, end)) + "...\"";
}

}  // namespace rawhaul
