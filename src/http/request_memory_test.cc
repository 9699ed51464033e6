#include "http/request_memory.h"

#include <gtest/gtest.h>

#include <deque>

namespace rawhaul::http {
namespace {

constexpr uint64_t kMiB = 1 << 20;

class RequestMemoryTest : public ::testing::Test {
 protected:
  // How many requests of `bytes` there is room for.
  size_t Fill(std::string_view payer, uint64_t bytes) {
    size_t count = 0;
    for (;; ++count) {
      charges_.emplace_back(memory_);
      if (!charges_.back().Set(payer, bytes)) break;
    }
    charges_.pop_back();
    return count;
  }

  RequestMemory memory_{64 * kMiB};
  std::deque<RequestMemory::Charge> charges_;
};

TEST_F(RequestMemoryTest, OnePayerHasAQuarterAndTheOthersTheRest) {
  EXPECT_EQ(Fill("a", kMiB), 12u);
  EXPECT_EQ(Fill("b", kMiB), 12u);
  EXPECT_EQ(Fill("c", kMiB), 12u);
  EXPECT_EQ(Fill("d", kMiB), 12u);
  EXPECT_EQ(Fill("e", kMiB), 0u) << "three quarters of all";
}

TEST_F(RequestMemoryTest, SmallOnesAreTakenWhileLargeOnesAreRefused) {
  EXPECT_EQ(Fill("a", kMiB), 12u);
  EXPECT_EQ(Fill("a", kRequestBytes), 4 * kMiB / kRequestBytes);
  EXPECT_EQ(Fill("b", kMiB), 12u);
}

TEST_F(RequestMemoryTest, TheOnlyOneOfAPayerMayBeLargerThanItsShare) {
  EXPECT_EQ(Fill("a", 20 * kMiB), 1u);
  EXPECT_EQ(Fill("b", 49 * kMiB), 0u);
}

TEST_F(RequestMemoryTest, WhatIsGivenBackIsThereForOthers) {
  Fill("a", kMiB);
  EXPECT_FALSE(charges_[0].Set("a", kMiB + 1)) << "it stays what it was";
  EXPECT_TRUE(charges_[0].Set("a", kRequestBytes));
  EXPECT_EQ(Fill("a", kMiB - kRequestBytes), 1u);
  charges_.clear();
  EXPECT_EQ(Fill("a", kMiB), 12u);
}

TEST_F(RequestMemoryTest, AnotherMayPayFromNowOn) {
  Fill("a", kMiB);
  EXPECT_TRUE(charges_[0].Set("b", kMiB));
  EXPECT_EQ(Fill("a", kMiB), 1u);
  EXPECT_EQ(Fill("b", kMiB), 11u);
  EXPECT_FALSE(charges_[1].Set("b", kMiB)) << "who has no room for it";
}

TEST_F(RequestMemoryTest, WhatIsThereAlreadyCountsAboveTheLimits) {
  Fill("a", kMiB);
  charges_[0].SetAnyway("a", 10 * kMiB);
  EXPECT_EQ(Fill("a", kRequestBytes), 0u);
  charges_[0].Release();
  EXPECT_EQ(Fill("a", kMiB), 1u);
}

}  // namespace
}  // namespace rawhaul::http
