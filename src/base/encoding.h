// Text forms of bytes: hex, base64 and percent-encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rawhaul {

// The value of a hex digit in either case; -1 for every other character.
inline int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string HexEncode(std::string_view bytes);                      // lower case
std::string Base64Encode(std::string_view bytes);                   // RFC 4648 section 4, padded
std::string Base64UrlEncode(std::string_view bytes);                // RFC 4648 section 5, not padded
std::optional<std::string> Base64Decode(std::string_view text);     // padded form only
std::optional<std::string> Base64UrlDecode(std::string_view text);  // without padding

// Keeps RFC 3986's unreserved characters and those in `keep`; every other byte becomes %XX.
std::string PercentEncode(std::string_view text, std::string_view keep = "");
// nullopt when a % is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view text);

// The fields of an application/x-www-form-urlencoded text (a query, a form), decoded, in order. nullopt when
// it is not well encoded or not UTF-8.
std::optional<std::vector<std::pair<std::string, std::string>>> ParseForm(std::string_view text);

// ASCII only: header names, path keywords, host names.
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// Whether `text` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool IsUtf8(std::string_view text);

}  // namespace rawhaul
