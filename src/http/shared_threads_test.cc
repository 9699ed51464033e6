#include "http/shared_threads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "http/server_testing.h"

namespace rawhaul::http {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

// Takes the thread for at least `time`.
void Work(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

class SharedThreadsTest : public ::testing::Test {
 protected:
  // The one thread is at this job until the gate opens.
  void Hold() {
    threads_.Run("gate", [this] {
      began_.Open();
      gate_.Wait();
    });
    began_.Wait();
  }
  // What ran, in its order.
  std::vector<std::string> Finish() {
    gate_.Open();
    threads_.Join();
    return ran_;
  }
  SharedThreads::Job Note(const std::string& name, milliseconds time = milliseconds(0)) {
    return [this, name, time] {
      Work(time);
      ran_.push_back(name);
    };
  }

  Gate began_;
  Gate gate_;
  std::vector<std::string> ran_;
  SharedThreads threads_{1, 8};
};

TEST_F(SharedThreadsTest, JobsOfOnePayerRunInTheirOrder) {
  Hold();
  for (const char* name : {"1", "2", "3"}) EXPECT_TRUE(threads_.TryRun("a", Note(name)));
  EXPECT_THAT(Finish(), ElementsAre("1", "2", "3"));
}

TEST_F(SharedThreadsTest, AFloodOfLongJobsOfOnePayerDelaysAnotherByOneOfThem) {
  Hold();
  for (const char* name : {"long 1", "long 2", "long 3"}) threads_.Run("flood", Note(name, milliseconds(20)));
  for (const char* name : {"short 1", "short 2", "short 3"}) threads_.Run("other", Note(name));
  const auto ran = Finish();
  ASSERT_EQ(ran.size(), 6u);
  EXPECT_EQ(ran[5], "long 3");
  EXPECT_EQ(ran[4], "long 2") << "three short ones take less than one long one";
}

TEST_F(SharedThreadsTest, APayerHasThreeQuartersOfTheLineAndOthersTheRest) {
  Hold();
  const auto fill = [&](const std::string& payer) {
    int taken = 0;
    while (threads_.TryRun(payer, Note(payer))) ++taken;
    return taken;
  };
  EXPECT_EQ(fill("flood"), 6);
  EXPECT_EQ(fill("other"), 2);
  EXPECT_EQ(fill("third"), 0);
  EXPECT_EQ(Finish().size(), 8u);
}

TEST_F(SharedThreadsTest, WhatWasBegunIsTakenHoweverManyWait) {
  Hold();
  while (threads_.TryRun("a", Note("a"))) {
  }
  threads_.Run("a", Note("begun"));
  EXPECT_EQ(Finish().back(), "begun");
}

TEST_F(SharedThreadsTest, WhatIsDelayedRunsWhenItsTimeHasCome) {
  threads_.Run(
      "a", [this] { began_.Open(); }, milliseconds(1));
  began_.Wait();
}

TEST_F(SharedThreadsTest, JoinRunsWhatWaitsAndDropsWhatIsDelayedAndWhatComesLater) {
  Hold();
  threads_.Run("a", Note("waits"));
  threads_.Run("a", Note("delayed"), std::chrono::hours(1));
  EXPECT_THAT(Finish(), ElementsAre("waits"));
  threads_.Run("a", Note("late"));
  EXPECT_FALSE(threads_.TryRun("a", Note("late")));
  EXPECT_THAT(ran_, ElementsAre("waits"));
}

TEST(SharedThreads, RunsEverythingOfManyPayersOnManyThreads) {
  std::atomic<int> ran = 0;
  {
    SharedThreads threads(4, SIZE_MAX);
    for (int i = 0; i < 20'000; ++i) threads.Run(std::to_string(i % 300), [&] { ++ran; });
  }
  EXPECT_EQ(ran, 20'000);
}

}  // namespace
}  // namespace rawhaul::http
