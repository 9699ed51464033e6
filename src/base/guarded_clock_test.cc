#include "base/guarded_clock.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ManualSource final : public ClockSource {
 public:
  ClockReading Read() const override { return {wall, since_boot}; }
  std::string BootId() const override { return boot; }

  void Pass(milliseconds time) {
    wall += time;
    since_boot += time;
  }

  Timestamp wall = *ParseTimestamp("2026-11-28T12:00:00Z");
  milliseconds since_boot = hours(100);
  std::string boot = "first";
};

class GuardedClockTest : public testing::Test {
 protected:
  // The server is started again.
  void Restart() { clock_ = std::make_unique<GuardedClock>(source_, clock_->Mark()); }
  void StartMachine(milliseconds off) {
    const ClockMark mark = clock_->Mark();
    source_.wall += off;
    source_.since_boot = seconds(30);
    source_.boot += "+";
    clock_ = std::make_unique<GuardedClock>(source_, mark);
  }
  // So long time passes, and somebody asks all the time.
  void Pass(milliseconds time) {
    for (; time > milliseconds(0); time -= minutes(1)) {
      source_.Pass(std::min<milliseconds>(time, minutes(1)));
      clock_->Now();
    }
  }
  Timestamp Now() const { return clock_->Now(); }

  ManualSource source_;
  std::unique_ptr<GuardedClock> clock_ = std::make_unique<GuardedClock>(source_, std::nullopt);
};

TEST_F(GuardedClockTest, SaysWhatTheWallClockSays) {
  EXPECT_EQ(Now(), source_.wall);
  Pass(hours(30 * 24));
  EXPECT_EQ(Now(), source_.wall);
}

TEST_F(GuardedClockTest, FollowsSmallStepsAndDoesNotGoBack) {
  const Timestamp before = Now();
  source_.wall += seconds(9);
  EXPECT_EQ(Now(), before + seconds(9));
  source_.wall -= seconds(9);
  EXPECT_EQ(Now(), before + seconds(9));
  source_.Pass(seconds(20));
  EXPECT_EQ(Now(), before + seconds(20));
}

TEST_F(GuardedClockTest, AnExcursionLeavesNoTrace) {
  for (const milliseconds step : {milliseconds(seconds(11)), milliseconds(hours(8 * 24)),
                                  milliseconds(hours(-5)), milliseconds(hours(73 * 365 * 24))}) {
    const Timestamp before = Now();
    source_.wall += step;
    EXPECT_EQ(Now(), before);
    Pass(minutes(9));
    EXPECT_EQ(Now(), before + minutes(9));
    source_.wall -= step;
    EXPECT_EQ(Now(), source_.wall);
    EXPECT_EQ(Now(), before + minutes(9));
  }
}

TEST_F(GuardedClockTest, AStepOfADayAtMostIsFollowedWhenItLasts) {
  for (const milliseconds step : {milliseconds(hours(24)), milliseconds(hours(-24))}) {
    source_.wall += step;
    EXPECT_NE(Now(), source_.wall);
    Pass(minutes(11));
    EXPECT_EQ(Now(), source_.wall);
  }
}

TEST_F(GuardedClockTest, AWallClockThatJumpsAboutIsNotFollowed) {
  const Timestamp before = Now();
  for (int i = 0; i < 30; ++i) {
    source_.wall += i % 2 == 0 ? hours(3) : -hours(3) - minutes(1);
    Pass(minutes(1));
  }
  EXPECT_EQ(Now(), before + minutes(30));
}

TEST_F(GuardedClockTest, AGreaterStepIsFollowedOnlyWhenSomebodySaysSo) {
  const Timestamp before = Now();
  source_.wall += hours(8 * 24);
  Pass(hours(24));
  EXPECT_EQ(Now(), before + hours(24));
  Restart();
  EXPECT_EQ(Now(), before + hours(24));
  clock_ = std::make_unique<GuardedClock>(source_, std::nullopt);
  EXPECT_EQ(Now(), source_.wall);
}

TEST_F(GuardedClockTest, AStoppedMachineMayHaveBeenOffForLong) {
  StartMachine(hours(200 * 24));
  EXPECT_EQ(Now(), source_.wall);
}

// Its battery is empty: the wall clock is of the year 2000 until NTP has set it.
TEST_F(GuardedClockTest, AMachineThatStartsInThePastGoesOnFromItsLastTimeUntilItsClockIsSet) {
  const Timestamp before = Now();
  const Timestamp battery_is_empty = *ParseTimestamp("2000-01-01T00:00:00Z");
  StartMachine(battery_is_empty - source_.wall);
  EXPECT_EQ(Now(), before);
  Pass(minutes(5));
  EXPECT_EQ(Now(), before + minutes(5));
  source_.wall = before + hours(7 * 24);
  EXPECT_EQ(Now(), source_.wall);
  Pass(minutes(5));
  EXPECT_EQ(Now(), source_.wall);
}

TEST_F(GuardedClockTest, AMachineThatStartsInTheFarFutureGoesOnFromItsLastTime) {
  const Timestamp before = Now();
  StartMachine(hours(73 * 365 * 24));
  Pass(minutes(20));
  EXPECT_EQ(Now(), before + minutes(20));
  Restart();
  EXPECT_EQ(Now(), before + minutes(20));
}

TEST(SystemClockSource, GoesForward) {
  const auto source = MakeSystemClockSource();
  const ClockReading first = source->Read();
  EXPECT_GT(first.since_boot, milliseconds(0));
  EXPECT_GE(source->Read().since_boot, first.since_boot);
  EXPECT_FALSE(source->BootId().empty());
}

}  // namespace
}  // namespace rawhaul
