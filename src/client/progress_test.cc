#include "client/progress.h"

#include <gtest/gtest.h>

namespace rawhaul::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kMiB = 1 << 20;

class ProgressMeterTest : public ::testing::Test {
 protected:
  void AddAt(milliseconds time, uint64_t bytes, std::optional<double> fraction = {}) {
    meter_.Add(ProgressMeter::TimePoint(time), {.bytes = bytes, .fraction = fraction});
  }
  ProgressMeter meter_;
};

TEST_F(ProgressMeterTest, OneSampleHasNoRate) {
  AddAt(seconds(1), 5, 0.5);
  EXPECT_EQ(meter_.reading().done.bytes, 5);
  EXPECT_FALSE(meter_.reading().bytes_per_second);
  EXPECT_FALSE(meter_.reading().left);
}

TEST_F(ProgressMeterTest, TwoThatAreCloseHaveNoRateEither) {
  AddAt(milliseconds(0), 0, 0.0);
  AddAt(milliseconds(499), 100, 0.1);
  EXPECT_FALSE(meter_.reading().bytes_per_second);
  EXPECT_FALSE(meter_.reading().left);
}

TEST_F(ProgressMeterTest, RateAndTimeLeftAreThoseOfTheSamples) {
  AddAt(seconds(0), 0, 0.0);
  AddAt(seconds(10), 100, 0.25);
  EXPECT_EQ(meter_.reading().bytes_per_second, 10);
  EXPECT_EQ(meter_.reading().left, seconds(30));
}

TEST_F(ProgressMeterTest, WhatWasBeforeTheWindowDoesNotCount) {
  AddAt(seconds(0), 0, 0.0);
  AddAt(seconds(1), 1000, 0.5);
  for (int second = 2; second <= 20; ++second) AddAt(seconds(second), 1000 + (second - 1) * 10, 0.5);
  EXPECT_EQ(meter_.reading().bytes_per_second, 10);
}

TEST_F(ProgressMeterTest, AStallHasARateOfNothingAndNoEnd) {
  AddAt(seconds(0), 100, 0.5);
  AddAt(seconds(20), 100, 0.5);
  EXPECT_EQ(meter_.reading().bytes_per_second, 0);
  EXPECT_FALSE(meter_.reading().left);
}

TEST_F(ProgressMeterTest, WorkThatStartsOverIsMeasuredAnew) {
  AddAt(seconds(0), 1000, 0.5);
  AddAt(seconds(1), 2000, 0.9);
  AddAt(seconds(2), 10, 0.1);
  EXPECT_FALSE(meter_.reading().bytes_per_second);
  AddAt(seconds(3), 20, 0.2);
  EXPECT_EQ(meter_.reading().bytes_per_second, 10);
  EXPECT_EQ(meter_.reading().left, seconds(8));
}

TEST_F(ProgressMeterTest, WorkWithoutAKnownEndHasARateAndNoTimeLeft) {
  AddAt(seconds(0), 0);
  AddAt(seconds(2), 10);
  EXPECT_EQ(meter_.reading().bytes_per_second, 5);
  EXPECT_FALSE(meter_.reading().left);
}

TEST_F(ProgressMeterTest, ATimeLeftBeyondAllPatienceIsCapped) {
  AddAt(seconds(0), 0, 0.0);
  AddAt(seconds(10), 0, 1e-12);
  EXPECT_EQ(meter_.reading().left, seconds(99 * 3600));
}

ProgressReading Half() {
  return {.done = {.rows = 1234, .bytes = 8 * kMiB, .fraction = 0.539},
          .bytes_per_second = 2.0 * kMiB,
          .left = seconds(42)};
}

TEST(ProgressTextTest, ALineSaysAllThatIsKnown) {
  EXPECT_EQ(RenderLine("export 17", Half()), "export 17: 53%, 1,234 rows, 8.0 MiB, 2.0 MiB/s, 0:42 left");
  EXPECT_EQ(RenderLine("x", {.done = {.bytes = 5}}), "x: 5 B");
}

TEST(ProgressTextTest, ABarFillsTheLineUpToItsMostColumns) {
  EXPECT_EQ(RenderBar("export 17", Half(), 80, false),
            "export 17  [=========>         ]  53%  1,234 rows  8.0 MiB  2.0 MiB/s  0:42 left");
  const std::string wide = RenderBar("export 17", Half(), 500, false);
  EXPECT_EQ(wide.find(']') - wide.find('[') + 1, 40);
}

TEST(ProgressTextTest, ABarIsEmptyAtTheStartAndFullAtTheEnd) {
  ProgressReading reading{.done = {.bytes = 0, .fraction = 0}};
  EXPECT_EQ(RenderBar("x", reading, 24, false), "x  [          ]  0%  0 B");
  reading.done.fraction = 1;
  EXPECT_EQ(RenderBar("x", reading, 26, false), "x  [==========]  100%  0 B");
}

TEST(ProgressTextTest, WhatMattersLeastGoesFirst) {
  EXPECT_EQ(RenderBar("export 17", Half(), 60, false),
            "export 17  53%  1,234 rows  8.0 MiB  2.0 MiB/s  0:42 left");
  EXPECT_EQ(RenderBar("export 17", Half(), 50, false), "export 17  53%  1,234 rows  2.0 MiB/s  0:42 left");
  EXPECT_EQ(RenderBar("export 17", Half(), 40, false), "export 17  53%  2.0 MiB/s  0:42 left");
  EXPECT_EQ(RenderBar("export 17", Half(), 8, false), "53%");
}

TEST(ProgressTextTest, NoLineIsWiderThanTheTerminal) {
  for (size_t width = 0; width < 120; ++width) {
    EXPECT_LE(RenderBar("export 17", Half(), width, false).size(), width);
  }
}

TEST(ProgressTextTest, ColorTakesNoColumns) {
  std::string colored = RenderBar("export 17", Half(), 80, true);
  for (const std::string_view escape : {"\x1b[32m", "\x1b[0m"}) {
    const size_t at = colored.find(escape);
    ASSERT_NE(at, std::string::npos);
    colored.erase(at, escape.size());
  }
  EXPECT_EQ(colored, RenderBar("export 17", Half(), 80, false));
}

}  // namespace
}  // namespace rawhaul::client
