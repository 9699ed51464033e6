// Pieces of JSON: strings in the form in which they are stored, and what is told of them.
#pragma once

#include <string>
#include <string_view>

namespace rawhaul {

// Text as it stands between the quotes of a JSON string. `plain`: it is also the text itself and a CSV field
// that needs no quotes (no escape, comma, quote or line break in it).
struct EscapedText {
  std::string_view json;
  bool plain = true;
};

// Appends `text` (valid UTF-8) as it stands between the quotes of a JSON string; returns whether it is plain.
bool AppendJsonEscaped(std::string_view text, std::string& out);
// The text that `json` (made by AppendJsonEscaped, or any valid JSON string body) stands for.
std::string JsonUnescape(std::string_view json);

// Whether `token` is a number by the grammar of RFC 8259, of any size.
bool IsJsonNumber(std::string_view token);

// `text` in quotes for an error message, cut when it is long.
std::string Quoted(std::string_view text);

}  // namespace rawhaul
