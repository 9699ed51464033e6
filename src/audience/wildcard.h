// Texts with wildcards, as the criteria of an audience have them.
#pragma once

#include <string_view>

namespace rawhaul {

// Whether `text` is `pattern`, where ? stands for any one character and * for any number of them. Both are
// UTF-8. Takes at most as long as the product of their lengths.
bool MatchesWildcards(std::string_view pattern, std::string_view text);

}  // namespace rawhaul
