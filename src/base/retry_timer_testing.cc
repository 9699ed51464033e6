#include "base/retry_timer_testing.h"

namespace rawhaul {

std::chrono::steady_clock::time_point FakeRetryTimer::Now() const {
  const MutexLock lock(mutex_);
  return now_;
}

Timestamp FakeRetryTimer::WallTime() const {
  return ParseTimestamp("2026-01-01T00:00:00Z").value() +
         std::chrono::duration_cast<std::chrono::milliseconds>(Now().time_since_epoch());
}

bool FakeRetryTimer::Sleep(std::chrono::milliseconds time, std::stop_token stop) {
  const MutexLock lock(mutex_);
  sleeps_.push_back(time);
  now_ += time;
  return !stop.stop_requested();
}

double FakeRetryTimer::Jitter() {
  const MutexLock lock(mutex_);
  return jitter_;
}

void FakeRetryTimer::set_jitter(double jitter) {
  const MutexLock lock(mutex_);
  jitter_ = jitter;
}

std::vector<std::chrono::milliseconds> FakeRetryTimer::sleeps() const {
  const MutexLock lock(mutex_);
  return sleeps_;
}

}  // namespace rawhaul
