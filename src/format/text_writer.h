// What the encoders' inner loops write text with: each function writes at `to` and returns where the text
// ends. The caller has claimed the room (ByteBuffer::Claim).
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace rawhaul {

inline char* Put(char* to, char c) {
  *to = c;
  return to + 1;
}
inline char* Put(char* to, std::string_view text) { return to + text.copy(to, text.size()); }
inline char* Put(char* to, int64_t value) {
  constexpr size_t kLongest = 20;
  return std::to_chars(to, to + kLongest, value).ptr;
}

}  // namespace rawhaul
