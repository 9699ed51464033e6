// Bytes that grow at their end, for inner loops: written by raw pointer, never zeroed, moved and not copied.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace rawhaul {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  explicit ByteBuffer(std::string_view bytes) { Append(bytes); }
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    capacity_ = std::exchange(other.capacity_, 0);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  // Room for `bytes` more. What is written there counts once Commit was told where it ends.
  char* Claim(size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(bytes);
    return data_.get() + size_;
  }
  // REQUIRES `end` to lie in what was claimed last.
  void Commit(const char* end) {
    size_ = static_cast<size_t>(end - data_.get());
    assert(size_ <= capacity_);
  }
  void Append(std::string_view bytes) {
    char* const to = Claim(bytes.size());
    Commit(to + bytes.copy(to, bytes.size()));
  }
  // Drops what stands behind the first `size` bytes; the memory stays. REQUIRES size <= this->size().
  void Truncate(size_t size) { size_ = size; }

  std::string_view view() const { return {data_.get(), size_}; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }

 private:
  void Grow(size_t bytes);

  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace rawhaul
