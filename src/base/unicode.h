// Text as people see it. All of it takes valid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rawhaul {

// Code points, not bytes.
size_t CountCharacters(std::string_view text);

// What compares equal for texts that differ in case only, in any script (Unicode's full case folding).
std::string FoldCase(std::string_view text);

}  // namespace rawhaul
