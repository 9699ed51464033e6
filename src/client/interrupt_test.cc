#include "client/interrupt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

namespace rawhaul::client {
namespace {

void WaitForStop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

TEST(InterruptTest, ASignalRequestsAStop) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const InterruptWatch watch;
    EXPECT_FALSE(watch.token().stop_requested());
    ASSERT_EQ(::kill(::getpid(), signal), 0);
    WaitForStop(watch.token());
  }
}

TEST(InterruptTest, AWatchThatSawNothingEnds) {
  const std::stop_token token = InterruptWatch().token();
  EXPECT_FALSE(token.stop_requested());
}

TEST(InterruptDeathTest, ASecondSignalEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto interrupt_twice = [] {
    ::alarm(30);
    const InterruptWatch watch;
    ::kill(::getpid(), SIGINT);
    WaitForStop(watch.token());
    ::kill(::getpid(), SIGINT);
    for (;;) ::pause();
  };
  EXPECT_EXIT(interrupt_twice(), testing::ExitedWithCode(kInterruptedStatus), "");
}

}  // namespace
}  // namespace rawhaul::client
