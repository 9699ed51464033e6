// Waiting before something is tried again: the one way to sleep in what retries, so that tests own the time.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "base/time.h"

namespace rawhaul {

// Thread-safe.
class RetryTimer {
 public:
  virtual ~RetryTimer() = default;
  virtual std::chrono::steady_clock::time_point Now() const = 0;
  // For what names a date to wait for.
  virtual Timestamp WallTime() const = 0;
  // False when `stop` came first.
  virtual bool Sleep(std::chrono::milliseconds time, std::stop_token stop) = 0;
  // Uniform in [0, 1).
  virtual double Jitter() = 0;
};
std::unique_ptr<RetryTimer> MakeRetryTimer();

}  // namespace rawhaul
