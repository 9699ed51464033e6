#include "base/byte_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rawhaul {
namespace {

TEST(ByteBudget, RefusesWhatPassesTheCapacity) {
  ByteBudget budget(100);
  auto first = budget.TryAcquire(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.TryAcquire(41));
  EXPECT_TRUE(budget.TryAcquire(40)) << "its lease is gone at once";
  EXPECT_EQ(budget.used(), 60u);
  first.reset();
  EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudget, AcquireMayPassTheCapacity) {
  ByteBudget budget(100);
  ByteBudget::Lease lease = budget.Acquire(150);
  EXPECT_EQ(budget.used(), 150u);
  EXPECT_FALSE(budget.TryAcquire(1));
  lease = budget.Acquire(10);
  EXPECT_EQ(budget.used(), 10u) << "assignment gives back what was held";
}

TEST(ByteBudget, CountsExactlyUnderContention) {
  ByteBudget budget(1000);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&budget] {
      for (int n = 0; n < 10000; ++n) {
        const auto lease = budget.TryAcquire(300);
        EXPECT_LE(budget.used(), 1000u);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudget, ASplitLeaseCountsOnceAndMayGrow) {
  ByteBudget budget(100);
  auto whole = budget.Acquire(60);
  const auto part = whole.Split(40);
  EXPECT_EQ(budget.used(), 60u);
  {
    const auto larger = whole.Split(50);
    EXPECT_EQ(budget.used(), 90u) << "20 were left of the whole";
  }
  EXPECT_EQ(budget.used(), 40u);
  whole.Release();
  EXPECT_EQ(budget.used(), 40u);
}

TEST(ByteBudget, ALeaseGrowsWithinTheCapacity) {
  ByteBudget budget(100);
  auto lease = budget.Acquire(30);
  EXPECT_TRUE(lease.TryGrowTo(20));
  EXPECT_EQ(budget.used(), 30u) << "it has more";
  EXPECT_TRUE(lease.TryGrowTo(100));
  EXPECT_EQ(budget.used(), 100u);
  EXPECT_FALSE(lease.TryGrowTo(101));
  EXPECT_EQ(budget.used(), 100u);
  lease.Release();
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace rawhaul
