// Bytes to be sent or written that stand in several places of memory.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace rawhaul {

// Views of the parts, in order; what they view must outlive it. One piece of text is the usual case, so text
// becomes ByteParts by itself.
class ByteParts {
 public:
  ByteParts() = default;
  template <std::convertible_to<std::string_view> Text>
  ByteParts(const Text& text) : ByteParts(std::vector<std::string_view>{text}) {}
  explicit ByteParts(std::vector<std::string_view> parts) : parts_(std::move(parts)) {
    for (const std::string_view part : parts_) size_ += part.size();
  }

  size_t size() const { return size_; }  // in bytes
  bool empty() const { return size_ == 0; }
  auto begin() const { return parts_.begin(); }
  auto end() const { return parts_.end(); }

 private:
  std::vector<std::string_view> parts_;
  size_t size_ = 0;
};

}  // namespace rawhaul
