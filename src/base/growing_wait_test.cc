#include "base/growing_wait.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(GrowingWaitTest, WaitsDoubleFromTheShortestToTheLongest) {
  GrowingWait wait{seconds(1), seconds(5)};
  Timestamp now = FromMillis(1'461'663'000'000);
  EXPECT_TRUE(wait.IsOver(now)) << "nothing has failed yet";
  EXPECT_FALSE(wait.has_failed());
  for (const seconds expected : {seconds(1), seconds(2), seconds(4), seconds(5), seconds(5)}) {
    wait.Failed(now);
    EXPECT_TRUE(wait.has_failed());
    EXPECT_EQ(wait.wait(), expected);
    EXPECT_FALSE(wait.IsOver(now + expected - milliseconds(1)));
    now += expected;
    EXPECT_TRUE(wait.IsOver(now));
  }
}

TEST(GrowingWaitTest, AClockThatIsSetBackEndsTheWait) {
  GrowingWait wait{seconds(1), seconds(5)};
  const Timestamp now = FromMillis(1'461'663'000'000);
  wait.Failed(now);
  EXPECT_TRUE(wait.IsOver(now - seconds(3600)));
}

}  // namespace
}  // namespace rawhaul
