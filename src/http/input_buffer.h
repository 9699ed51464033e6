// What a connection has received and not yet used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace rawhaul::http {

// Holds no memory until there is something to receive, and more only when the sender fills it: there may be
// very many connections, and most of them rest.
class InputBuffer {
 public:
  explicit InputBuffer(size_t max_bytes) : max_bytes_(std::max(max_bytes, kFirstBytes)) {}

  std::string_view bytes() const { return {memory_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  // As many bytes as it can ever hold.
  bool full() const { return end_ - begin_ == max_bytes_; }

  void Consume(size_t bytes) { begin_ += bytes; }
  void Clear() { begin_ = end_ = 0; }
  // Gives the memory back. REQUIRES empty().
  void Release() {
    memory_ = nullptr;
    capacity_ = 0;
    Clear();
  }

  // Where to receive what comes next, behind what is here. REQUIRES !full().
  std::span<char> Room() {
    if (end_ == capacity_ && capacity_ < max_bytes_) {
      Grow();
    } else if (begin_ > 0) {
      std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
    }
    end_ -= begin_;
    begin_ = 0;
    return {memory_.get() + end_, capacity_ - end_};
  }
  // So many bytes of the room were filled.
  void Add(size_t bytes) { end_ += bytes; }

 private:
  static constexpr size_t kFirstBytes = 4 << 10;

  void Grow() {
    capacity_ = std::min(max_bytes_, std::max(kFirstBytes, 2 * capacity_));
    auto memory = std::make_unique_for_overwrite<char[]>(capacity_);
    std::copy_n(memory_.get() + begin_, end_ - begin_, memory.get());
    memory_ = std::move(memory);
  }

  const size_t max_bytes_;
  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace rawhaul::http
