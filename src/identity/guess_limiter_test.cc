#include "identity/guess_limiter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"

namespace rawhaul {
namespace {

using std::chrono::seconds;

class GuessLimiterTest : public ::testing::Test {
 protected:
  // How many of 50 guesses are admitted.
  int Guess(std::string_view subject, std::string_view address) {
    int admitted = 0;
    for (int i = 0; i < 50; ++i) admitted += limiter_.Admit(subject, address) ? 0 : 1;
    return admitted;
  }

  ManualClock clock_;
  GuessLimiter limiter_{clock_,
                        {.per_address = 3,
                         .address_interval = seconds(10),
                         .per_subject = 8,
                         .subject_interval = seconds(5),
                         .max_remembered = 100}};
};

TEST_F(GuessLimiterTest, AnAddressHasSomeGuessesAndThenOneNowAndThen) {
  EXPECT_EQ(Guess("a", "1.1.1.1"), 3);
  EXPECT_EQ(limiter_.Admit("b", "1.1.1.1"), seconds(10));
  clock_.Advance(seconds(4));
  EXPECT_EQ(limiter_.Admit("a", "1.1.1.1"), seconds(6));
  clock_.Advance(seconds(6));
  EXPECT_EQ(Guess("a", "1.1.1.1"), 1);
  clock_.Advance(seconds(1000));
  EXPECT_EQ(Guess("a", "1.1.1.1"), 3);
}

TEST_F(GuessLimiterTest, WhatOthersGuessHoldsUpNoAddressThatHasNotGuessed) {
  for (int i = 0; i < 90; ++i) Guess("a", fmt::format("1.1.1.{}", i));
  EXPECT_EQ(limiter_.Admit("a", "2.2.2.2"), std::nullopt);
}

TEST_F(GuessLimiterTest, ManyAddressesTogetherHaveFewGuessesMoreThanOneEach) {
  int admitted = 0;
  for (int i = 0; i < 90; ++i) admitted += Guess("a", fmt::format("1.1.1.{}", i));
  EXPECT_EQ(admitted, 3 + 3 + 2 + 87);
  EXPECT_EQ(Guess("b", "1.1.1.89"), 2) << "another subject is not held up";
}

TEST_F(GuessLimiterTest, AClockThatIsSetBackLocksNobodyOut) {
  EXPECT_EQ(Guess("a", "1.1.1.1"), 3);
  clock_.Advance(std::chrono::hours(-24));
  EXPECT_EQ(limiter_.Admit("a", "1.1.1.1"), seconds(10));
  clock_.Advance(seconds(10));
  EXPECT_EQ(Guess("a", "1.1.1.1"), 1);
}

TEST_F(GuessLimiterTest, RightSecretsDoNotCount) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(limiter_.Admit("a", "1.1.1.1"), std::nullopt);
    limiter_.Forgive("a", "1.1.1.1");
  }
}

TEST_F(GuessLimiterTest, AddressesOfOneIpv6NetworkCountAsOne) {
  EXPECT_EQ(Guess("a", "2001:db8:1:2::1"), 3);
  EXPECT_EQ(Guess("a", "2001:db8:1:2:ffff::"), 0);
  EXPECT_EQ(Guess("a", "2001:db8:1:3::1"), 3);
}

TEST_F(GuessLimiterTest, TheLeastRecentAreForgotten) {
  EXPECT_EQ(Guess("a", "9.9.9.9"), 3);
  for (int i = 0; i < 99; ++i) Guess(fmt::format("s{}", i), fmt::format("1.1.1.{}", i));
  EXPECT_EQ(Guess("a", "9.9.9.9"), 0);
  for (int i = 0; i < 100; ++i) Guess(fmt::format("s{}", i), fmt::format("1.1.2.{}", i));
  EXPECT_EQ(Guess("a", "9.9.9.9"), 3);
}

}  // namespace
}  // namespace rawhaul
