// Pieces of JSON: strings in the form in which they are stored, and what is told of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rawhaul {

// Text as it stands between the quotes of a JSON string. `plain`: it is also the text itself, and what stands
// between the quotes of a CSV field (no escape in it).
struct EscapedText {
  std::string_view json;
  bool plain = true;
};

// Appends `text` (valid UTF-8) as it stands between the quotes of a JSON string; returns whether it is plain.
// U+0000 becomes U+FFFD: PostgreSQL refuses a whole file for it, and other readers cut the text there.
bool AppendJsonEscaped(std::string_view text, std::string& out);
// The text that `json` (made by AppendJsonEscaped, or any valid JSON string body) stands for, with U+FFFD for
// U+0000 and for half a surrogate pair.
std::string JsonUnescape(std::string_view json);

// Whether `token` is a number by the grammar of RFC 8259, of any size.
bool IsJsonNumber(std::string_view token);

// `text` in quotes for an error message, cut when it is long.
std::string Quoted(std::string_view text);

// Of a JSON document, or a part of it that begins outside of an escape: escapes of what no text may hold
// (U+0000, half a surrogate pair) become \ufffd. What comes from outside goes through here before it is
// parsed.
void ReplaceUnstorableEscapes(std::span<char> json);

}  // namespace rawhaul
