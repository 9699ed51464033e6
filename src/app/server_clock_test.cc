#include "app/server_clock.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/base_testing.h"

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class ServerClockTest : public testing::Test {
 protected:
  // As a server left it that ran so far ahead of the wall clock.
  void LeaveMark(std::chrono::milliseconds ahead) const {
    const auto source = MakeSystemClockSource();
    std::ofstream(data_.clock()) << FormatTimestamp(SystemClock().Now() + ahead) << ' '
                                 << source->Read().since_boot.count() << ' ' << source->BootId() << '\n';
  }
  bool IsAhead(const Clock& clock) const { return clock.Now() > SystemClock().Now() + minutes(30); }

  const TempDirectory directory_;
  const DataDirectory data_{directory_.path()};
};

TEST_F(ServerClockTest, GoesOnFromWhereTheLastOneWas) {
  LeaveMark(hours(1));
  { EXPECT_TRUE(IsAhead(ServerClock::Start(data_, false)->clock())); }
  EXPECT_TRUE(IsAhead(*OpenServerClock(data_))) << "and that was remembered";
  EXPECT_TRUE(IsAhead(ServerClock::Start(data_, false)->clock()));
}

TEST_F(ServerClockTest, TakesTheWallClockWhenItIsTold) {
  LeaveMark(hours(1));
  EXPECT_FALSE(IsAhead(ServerClock::Start(data_, true)->clock()));
  EXPECT_FALSE(IsAhead(ServerClock::Start(data_, false)->clock()));
}

TEST_F(ServerClockTest, ADirectoryWithoutAMarkGoesByTheWallClock) {
  EXPECT_FALSE(IsAhead(ServerClock::Start(data_, false)->clock()));
  for (const char* damaged : {"", "yesterday 1 x", "2099-01-01T00:00:00Z"}) {
    std::ofstream(data_.clock()) << damaged;
    EXPECT_FALSE(IsAhead(ServerClock::Start(data_, false)->clock())) << damaged;
  }
}

}  // namespace
}  // namespace rawhaul
