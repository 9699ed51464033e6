#include "base/retry_timer.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(RetryTimerTest, SleepEndsWhenStopped) {
  const auto timer = MakeRetryTimer();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(timer->Sleep(std::chrono::hours(1), stop.get_token()));
  EXPECT_TRUE(timer->Sleep(std::chrono::milliseconds(0), {}));
}

TEST(RetryTimerTest, JitterIsAFraction) {
  const auto timer = MakeRetryTimer();
  for (int i = 0; i < 100; ++i) {
    const double jitter = timer->Jitter();
    EXPECT_GE(jitter, 0);
    EXPECT_LT(jitter, 1);
  }
}

}  // namespace
}  // namespace rawhaul
