// Keeps a place in the code that is reached again and again, by whoever sends bad requests, from filling the
// log.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace rawhaul {

// Thread-safe. Every place has so many lines in an interval, which begins with the first of them; those above
// are counted.
class LineLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  LineLimiter(int lines, std::chrono::seconds interval) : lines_(lines), interval_(interval) {}

  // Whether the line may be written. `place` is what its lines have in common; there must be a bounded number
  // of places, and each stays in memory.
  bool Admit(std::string_view place, TimePoint now);

  struct LeftOut {
    std::string place;
    uint64_t lines = 0;
  };
  // What was left out of intervals that are over, each told once.
  std::vector<LeftOut> TakeLeftOut(TimePoint now);

 private:
  struct Place {
    TimePoint start;
    int written = 0;
    uint64_t left_out = 0;
  };

  const int lines_;
  const std::chrono::seconds interval_;
  Mutex mutex_;
  std::map<std::string, Place, std::less<>> places_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
