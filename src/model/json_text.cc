#include "model/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace rawhaul {
namespace {

constexpr std::array<bool, 256> kNeedsEscape = [] {
  std::array<bool, 256> needs{};
  for (size_t c = 0; c < 0x20; ++c) needs[c] = true;
  needs['"'] = true;
  needs['\\'] = true;
  return needs;
}();

constexpr std::string_view kReplacementText = "\xef\xbf\xbd";
constexpr uint32_t kReplacement = 0xfffd;

void AppendEscape(char c, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '\0':
      out += kReplacementText;
      return;
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += {'\\', 'u', '0', '0', kDigits[(c >> 4) & 15], kDigits[c & 15]};
  }
}

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Takes `uXXXX` off the front of `text`.
std::optional<uint32_t> TakeUnit(std::string_view& text) {
  uint32_t unit = 0;
  if (text.size() < 5 || text.front() != 'u') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 5, unit, 16);
  if (error != std::errc{} || end != text.data() + 5) return std::nullopt;
  text.remove_prefix(5);
  return unit;
}

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

// Takes a code point that starts with `uXXXX`; U+0000 and half of a surrogate pair by itself become U+FFFD.
std::optional<uint32_t> TakeCodePoint(std::string_view& text) {
  const auto first = TakeUnit(text);
  if (first == 0) return kReplacement;
  if (!first || (!IsHighSurrogate(*first) && !IsLowSurrogate(*first))) return first;
  if (IsLowSurrogate(*first) || text.empty() || text.front() != '\\') return kReplacement;
  std::string_view ahead = text.substr(1);
  const auto second = TakeUnit(ahead);
  if (!second || !IsLowSurrogate(*second)) return kReplacement;
  text = ahead;
  return 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00);
}

// `text` starts behind the backslash. What is no JSON escape is kept as it is.
void TakeEscape(std::string_view& text, std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const auto code = TakeCodePoint(text)) {
    AppendUtf8(*code, out);
    return;
  }
  const size_t letter = text.empty() ? std::string_view::npos : kLetters.find(text.front());
  if (letter == std::string_view::npos) {
    out += '\\';
    return;
  }
  out += kMeanings[letter];
  text.remove_prefix(1);
}

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

bool AppendJsonEscaped(std::string_view text, std::string& out) {
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!kNeedsEscape[static_cast<uint8_t>(text[i])]) continue;
    out += text.substr(copied, i - copied);
    AppendEscape(text[i], out);
    copied = i + 1;
  }
  out += text.substr(copied);
  return copied == 0;
}

std::string JsonUnescape(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const size_t run = std::min(json.find('\\'), json.size());
    out += json.substr(0, run);
    json.remove_prefix(run);
    if (json.empty()) break;
    json.remove_prefix(1);
    TakeEscape(json, out);
  }
  return out;
}

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

std::string Quoted(std::string_view text) {
  constexpr size_t kShownBytes = 64;
  if (text.size() <= kShownBytes) return '"' + std::string(text) + '"';
  size_t end = kShownBytes;
  while (end > 0 && IsTail(text[end])) --end;
  return '"' + std::string(text.substr(0, end)) + "...\"";
}

void ReplaceUnstorableEscapes(std::span<char> json) {
  const std::string_view text(json.data(), json.size());
  for (size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    std::string_view escape = text.substr(at + 1);
    const size_t before = escape.size();
    const auto code = TakeCodePoint(escape);
    if (code == kReplacement) std::copy_n("fffd", 4, json.begin() + static_cast<ptrdiff_t>(at) + 2);
    at += 1 + (code ? before - escape.size() : size_t{1});
  }
}

}  // namespace rawhaul
