#include "base/line_limiter.h"

#include <utility>

namespace rawhaul {

bool LineLimiter::Admit(std::string_view place, TimePoint now) {
  const MutexLock lock(mutex_);
  auto found = places_.find(place);
  if (found == places_.end()) found = places_.emplace(place, Place{.start = now}).first;
  Place& state = found->second;
  if (now >= state.start + interval_) {
    state.start = now;
    state.written = 0;
  }
  if (state.written >= lines_) {
    ++state.left_out;
    return false;
  }
  ++state.written;
  return true;
}

std::vector<LineLimiter::LeftOut> LineLimiter::TakeLeftOut(TimePoint now) {
  std::vector<LeftOut> all;
  const MutexLock lock(mutex_);
  for (auto& [place, state] : places_) {
    if (state.left_out == 0 || now < state.start + interval_) continue;
    all.push_back({place, std::exchange(state.left_out, 0)});
  }
  return all;
}

}  // namespace rawhaul
