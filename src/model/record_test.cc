#include "model/record.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(HourOf, CountsHoursSince1970) {
  EXPECT_EQ(HourOf(FromMillis(0)), 0u);
  EXPECT_EQ(HourOf(FromMillis(3'599'999)), 0u);
  EXPECT_EQ(HourOf(FromMillis(3'600'000)), 1u);
  EXPECT_EQ(HourOf(*ParseTimestamp("2016-04-26T09:30:00.518Z")), 406017u);
}

TEST(HourOf, TimesOutOfRangeGoToTheNearestHour) {
  EXPECT_EQ(HourOf(FromMillis(-1)), 0u);
  EXPECT_EQ(HourOf(FromMillis(INT64_MAX)), HourOf(*ParseTimestamp("9999-12-31T23:00:00Z")));
}

}  // namespace
}  // namespace rawhaul
