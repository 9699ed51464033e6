// Fields of CSV files, as RFC 4180 wants them: in quotes where they hold a comma, a quote or a line break.
#pragma once

#include <string>
#include <string_view>

#include "model/json_text.h"

namespace rawhaul {

// Writes `text` in quotes, its own quotes doubled, at `to`; returns the end. Takes at most 2 * text.size() +
// 2 bytes.
char* PutCsvQuoted(char* to, std::string_view text);
// Writes what `text` stands for, in quotes where needed. Takes at most 2 * text.json.size() + 2 bytes.
char* PutCsvText(char* to, EscapedText text);
// Appends `text`, in quotes where needed.
void AppendCsvText(std::string_view text, std::string& out);

}  // namespace rawhaul
