#include "base/retry_timer.h"

#include <condition_variable>
#include <mutex>
#include <random>

#include "base/mutex.h"

namespace rawhaul {
namespace {

class SystemRetryTimer final : public RetryTimer {
 public:
  std::chrono::steady_clock::time_point Now() const override { return std::chrono::steady_clock::now(); }
  Timestamp WallTime() const override { return SystemClock().Now(); }

  bool Sleep(std::chrono::milliseconds time, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  }

  double Jitter() override {
    const MutexLock lock(mutex_);
    return std::uniform_real_distribution<double>(0, 1)(random_);
  }

 private:
  Mutex mutex_;
  std::mt19937_64 random_ RAWHAUL_GUARDED_BY(mutex_){std::random_device{}()};
};

}  // namespace

std::unique_ptr<RetryTimer> MakeRetryTimer() { return std::make_unique<SystemRetryTimer>(); }

}  // namespace rawhaul
