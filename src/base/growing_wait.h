// How long to wait before trying again what does not work.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace rawhaul {

// Waits that double with every failure, from the shortest to the longest; before the first failure there is
// none.
class GrowingWait {
 public:
  GrowingWait(std::chrono::milliseconds shortest, std::chrono::milliseconds longest)
      : shortest_(shortest), longest_(longest) {}

  void Failed(Timestamp now) {
    failed_ = now;
    wait_ = std::clamp(2 * wait_, shortest_, longest_);
  }
  // A clock that was set back makes no wait longer.
  bool IsOver(Timestamp now) const { return now < failed_ || now - failed_ >= wait_; }
  Timestamp over_at() const { return failed_ + wait_; }
  bool has_failed() const { return wait_.count() > 0; }
  std::chrono::milliseconds wait() const { return wait_; }

 private:
  std::chrono::milliseconds shortest_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds wait_{0};
  Timestamp failed_;
};

}  // namespace rawhaul
