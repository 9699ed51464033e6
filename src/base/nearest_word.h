// Which word was probably meant.
#pragma once

#include <span>
#include <string_view>

namespace rawhaul {

// The word of `words` that is made of `word` by the fewest letters put in, left out or changed, whatever
// their case; empty when that takes more than a third of them.
std::string_view NearestWord(std::string_view word, std::span<const std::string_view> words);

}  // namespace rawhaul
