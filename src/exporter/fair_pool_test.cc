#include "exporter/fair_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>

namespace rawhaul {
namespace {

TEST(FairPool, QueuesTakeTurns) {
  std::string order;
  {
    FairPool pool(1);
    std::promise<void> gate;
    FairPool::Queue huge(pool);
    FairPool::Queue small(pool);
    huge.Add([&gate] { gate.get_future().wait(); });
    for (int i = 0; i < 3; ++i) huge.Add([&order] { order += 'h'; });
    for (int i = 0; i < 2; ++i) small.Add([&order] { order += 's'; });
    std::promise<void> done;
    huge.Add([&done] { done.set_value(); });
    gate.set_value();
    done.get_future().wait();
  }
  EXPECT_EQ(order, "shshh");
}

TEST(FairPool, AQueueThatGoesDropsItsWaitingJobs) {
  bool ran = false;
  {
    FairPool pool(1);
    std::promise<void> gate;
    FairPool::Queue first(pool);
    first.Add([&gate] { gate.get_future().wait(); });
    {
      FairPool::Queue dropped(pool);
      dropped.Add([&ran] { ran = true; });
    }
    gate.set_value();
    std::promise<void> done;
    first.Add([&done] { done.set_value(); });
    done.get_future().wait();
  }
  EXPECT_FALSE(ran);
}

TEST(FairPool, AJobThatThrowsEndsNothingButItself) {
  FairPool pool(1);
  FairPool::Queue queue(pool);
  queue.Add([] { throw std::runtime_error("a library says so"); });
  std::promise<void> done;
  queue.Add([&done] { done.set_value(); });
  done.get_future().wait();
}

TEST(FairPool, AllThreadsWork) {
  FairPool pool(2);
  FairPool::Queue queue(pool);
  std::promise<void> one;
  std::promise<void> two;
  std::promise<void> both_ran;
  // Each waits for the other: with one thread this would never end.
  queue.Add([&] {
    one.set_value();
    two.get_future().wait();
    both_ran.set_value();
  });
  queue.Add([&] {
    one.get_future().wait();
    two.set_value();
  });
  both_ran.get_future().wait();
}

}  // namespace
}  // namespace rawhaul
