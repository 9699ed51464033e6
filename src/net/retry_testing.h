// Time for tests of what retries: nothing waits, but the clock moves as if it had. Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "net/retry.h"

namespace rawhaul::net {

class FakeRetryTimer final : public RetryTimer {
 public:
  std::chrono::steady_clock::time_point Now() const override;
  bool Sleep(std::chrono::milliseconds time, std::stop_token stop) override;
  double Jitter() override;

  // 1, so that delays are the longest possible ones, unless set.
  void set_jitter(double jitter);
  std::vector<std::chrono::milliseconds> sleeps() const;

 private:
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point now_{};    // protected by mutex_
  double jitter_ = 1;                              // protected by mutex_
  std::vector<std::chrono::milliseconds> sleeps_;  // protected by mutex_
};

}  // namespace rawhaul::net
