// Where the inner loops of the encoders write: by raw pointer, within a bound that is claimed once a row.
#pragma once

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace rawhaul {

class TextBuffer {
 public:
  explicit TextBuffer(size_t capacity)
      : data_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  // Room for `bytes` more. What is written there counts once Commit was told where it ends.
  char* Claim(size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(bytes);
    claimed_ = size_ + bytes;
    return data_.get() + size_;
  }
  void Commit(const char* end) {
    size_ = static_cast<size_t>(end - data_.get());
    assert(size_ <= claimed_);
  }
  std::string_view text() const { return {data_.get(), size_}; }

 private:
  void Grow(size_t bytes) {
    capacity_ = std::max(2 * capacity_, size_ + bytes);
    auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
    std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
  }

  std::unique_ptr<char[]> data_;
  size_t capacity_;
  size_t size_ = 0;
  size_t claimed_ = 0;
};

// Each writes at `to` and returns where the text ends.
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
