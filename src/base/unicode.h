// Text as people see it. Unless it says otherwise, all of it takes valid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rawhaul {

// Code points, not bytes.
size_t CountCharacters(std::string_view text);

// What compares equal for texts that differ in case only, in any script (Unicode's full case folding).
std::string FoldCase(std::string_view text);

// The bytes `text` without U+FEFF in front, which some programs write there to say that it is UTF-8.
std::string_view WithoutByteOrderMark(std::string_view text);

// Whether the bytes `text` look like UTF-16 or UTF-32: by their byte order mark, or by a zero among the first
// two, which no JSON and no line of text in UTF-8 has.
bool LooksLikeUtf16(std::string_view text);

}  // namespace rawhaul
