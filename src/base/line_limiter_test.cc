#include "base/line_limiter.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using std::chrono::seconds;

class LineLimiterTest : public ::testing::Test {
 protected:
  int Write(std::string_view place, int lines) {
    int written = 0;
    for (int i = 0; i < lines; ++i) written += limiter_.Admit(place, now_) ? 1 : 0;
    return written;
  }

  LineLimiter::TimePoint now_;
  LineLimiter limiter_{3, seconds(60)};
};

TEST_F(LineLimiterTest, APlaceHasSoManyLinesInAnIntervalAndOthersHaveTheirOwn) {
  EXPECT_EQ(Write("a", 1000), 3);
  EXPECT_EQ(Write("b", 2), 2);
  now_ += seconds(59);
  EXPECT_EQ(Write("a", 1), 0);
  now_ += seconds(1);
  EXPECT_EQ(Write("a", 1000), 3);
}

TEST_F(LineLimiterTest, WhatWasLeftOutIsToldOnceWhenItsIntervalIsOver) {
  Write("a", 10);
  Write("b", 3);
  EXPECT_TRUE(limiter_.TakeLeftOut(now_).empty());
  now_ += seconds(60);
  const auto left_out = limiter_.TakeLeftOut(now_);
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_EQ(left_out[0].place, "a");
  EXPECT_EQ(left_out[0].lines, 7u);
  EXPECT_TRUE(limiter_.TakeLeftOut(now_).empty());
}

TEST_F(LineLimiterTest, ACountThatNobodyTookGoesIntoTheNext) {
  Write("a", 5);
  now_ += seconds(60);
  Write("a", 5);
  now_ += seconds(60);
  EXPECT_EQ(limiter_.TakeLeftOut(now_).at(0).lines, 4u);
}

}  // namespace
}  // namespace rawhaul
