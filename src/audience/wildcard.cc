#include "audience/wildcard.h"

namespace rawhaul {
namespace {

// The length of the character that begins at `at`: a lead byte and what continues it.
size_t CharacterAt(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return end - at;
}

}  // namespace

bool MatchesWildcards(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  // Behind the last *, and where in the text it was tried: it takes one character more when the rest does not
  // fit. An earlier * never has to.
  size_t star = std::string_view::npos;
  size_t tried = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      tried = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += CharacterAt(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      tried += CharacterAt(text, tried);
      t = tried;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace rawhaul
