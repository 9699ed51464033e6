// The messages of a request that were refused.
#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <vector>

#include "base/result.h"

namespace rawhaul::segment {

// All are counted, and the first of the request are listed with their errors: thousands of them say no more,
// and would be held in memory until the request is answered.
class RejectedMessages {
 public:
  static constexpr size_t kMaxListed = 100;

  // Of a message that was added before, nothing.
  void Add(size_t index, const Error& error) {
    if (index >= is_added_.size()) is_added_.resize(index + 1);
    if (is_added_[index]) return;
    is_added_[index] = true;
    ++size_;
    listed_.emplace(index, error);
    if (listed_.size() > kMaxListed) listed_.erase(std::prev(listed_.end()));
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // By their index in the batch, in its order.
  const std::map<size_t, Error>& listed() const { return listed_; }

 private:
  std::vector<bool> is_added_;
  size_t size_ = 0;
  std::map<size_t, Error> listed_;
};

}  // namespace rawhaul::segment
