// Time for tests of what retries: nothing waits, but the clock moves as if it had. Thread-safe.
#pragma once

#include <vector>

#include "base/mutex.h"
#include "base/retry_timer.h"

namespace rawhaul {

class FakeRetryTimer final : public RetryTimer {
 public:
  std::chrono::steady_clock::time_point Now() const override;
  // 2026-01-01T00:00:00Z, and what was slept since.
  Timestamp WallTime() const override;
  bool Sleep(std::chrono::milliseconds time, std::stop_token stop) override;
  double Jitter() override;

  // 1, so that delays are the longest possible ones, unless set.
  void set_jitter(double jitter);
  std::vector<std::chrono::milliseconds> sleeps() const;

 private:
  mutable Mutex mutex_;
  std::chrono::steady_clock::time_point now_ RAWHAUL_GUARDED_BY(mutex_);
  double jitter_ RAWHAUL_GUARDED_BY(mutex_) = 1;
  std::vector<std::chrono::milliseconds> sleeps_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
