// What is wrong with a text that a parser of JSON refused, for who sent it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

// What keeps `text` from being JSON (RFC 8259, in UTF-8), and where: "line 2 column 7: NaN is none of the
// words of JSON: true, false and null". Columns are counted in bytes from 1, a byte order mark in front
// included; of a text of one line only the column is told, since it may be a line of something larger.
// The first `added` bytes are not the sender's and do not count. nullopt for JSON, also where a parser takes
// less: nested too deeply, say. Takes time and memory in proportion to the text.
std::optional<std::string> FindJsonFault(std::string_view text, size_t added = 0);

}  // namespace rawhaul
