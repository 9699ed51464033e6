// Texts of CSV files. They always stand in quotes (RFC 4180), whatever they hold: readers take blanks off the
// ends of bare fields, and read NULL, \N or 1e5 as what no text is.
#pragma once

#include <string>
#include <string_view>

#include "model/json_text.h"

namespace rawhaul {

// Writes `text` in quotes, its own quotes doubled, at `to`; returns the end. Takes at most 2 * text.size() +
// 2 bytes.
char* PutCsvQuoted(char* to, std::string_view text);
// Writes what `text` stands for, in quotes. Takes at most 2 * text.json.size() + 2 bytes.
char* PutCsvText(char* to, EscapedText text);
// Appends `text` in quotes, with U+FFFD for U+0000 (which data of older programs may hold).
void AppendCsvText(std::string_view text, std::string& out);

}  // namespace rawhaul
