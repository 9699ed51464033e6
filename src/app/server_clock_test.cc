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
  static bool IsAhead(const Clock& clock) { return clock.Now() > SystemClock().Now() + minutes(30); }
  // As of a server that runs for a moment.
  bool IsAheadWhileKept(bool accept_wall = false) const {
    const ServerClock clock(data_, accept_wall);
    const auto keeper = ClockKeeper::Start(data_, clock);
    return IsAhead(clock);
  }

  const TempDirectory directory_;
  const DataDirectory data_{directory_.path()};
};

TEST_F(ServerClockTest, GoesOnFromWhereTheLastOneWas) {
  LeaveMark(hours(1));
  EXPECT_TRUE(IsAheadWhileKept());
  EXPECT_TRUE(IsAhead(ServerClock(data_))) << "and that was remembered";
  EXPECT_TRUE(IsAheadWhileKept());
}

TEST_F(ServerClockTest, TakesTheWallClockWhenItIsTold) {
  LeaveMark(hours(1));
  EXPECT_FALSE(IsAheadWhileKept(true));
  EXPECT_FALSE(IsAheadWhileKept());
}

TEST_F(ServerClockTest, ADirectoryWithoutAMarkGoesByTheWallClock) {
  EXPECT_FALSE(IsAheadWhileKept());
  for (const char* damaged : {"", "yesterday 1 x", "2099-01-01T00:00:00Z"}) {
    std::ofstream(data_.clock()) << damaged;
    EXPECT_FALSE(IsAheadWhileKept()) << damaged;
  }
}

// Another server may have the data open.
TEST_F(ServerClockTest, WritesNothingUntilItIsKept) {
  { const ServerClock clock(data_); }
  EXPECT_FALSE(std::filesystem::exists(data_.clock()));
  LeaveMark(hours(1));
  EXPECT_FALSE(IsAhead(ServerClock(data_, true)));
  EXPECT_TRUE(IsAhead(ServerClock(data_)));
}

}  // namespace
}  // namespace rawhaul
