// Strings in the form in which they are stored: as they stand in a JSON file.
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

}  // namespace rawhaul
