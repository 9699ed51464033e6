#include "base/byte_buffer.h"

#include <algorithm>

namespace rawhaul {

void ByteBuffer::Grow(size_t bytes) {
  const size_t capacity = std::max(2 * capacity_, size_ + bytes);
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_);
  data_ = std::move(grown);
  capacity_ = capacity;
}

}  // namespace rawhaul
