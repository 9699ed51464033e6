#include "client/progress_display.h"

#include <gtest/gtest.h>

#include "base/retry_timer_testing.h"

namespace rawhaul::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProgressDisplayTest : public ::testing::Test {
 protected:
  Screen MakeTestScreen(bool redraws) {
    return {.write = [this](std::string_view text) { shown_ += text; },
            .width = [this] { return width_; },
            .redraws = redraws};
  }
  // What was shown since the last call.
  std::string Take() { return std::exchange(shown_, {}); }
  void Pass(milliseconds time) { timer_.Sleep(time, {}); }

  static WorkDone Bytes(uint64_t bytes, double fraction) { return {.bytes = bytes, .fraction = fraction}; }

  FakeRetryTimer timer_;
  size_t width_ = 31;
  std::string shown_;
};

TEST_F(ProgressDisplayTest, ATerminalSeesOneLineThatIsRedrawn) {
  ProgressDisplay display(MakeTestScreen(true), timer_, "send");
  display.Show(Bytes(0, 0));
  EXPECT_EQ(Take(), "\rsend  [             ]  0%  0 B\x1b[K");
  Pass(milliseconds(100));
  display.Show(Bytes(50, 0.5));
  EXPECT_EQ(Take(), "\rsend  [====>      ]  50%  50 B\x1b[K");
}

TEST_F(ProgressDisplayTest, ATerminalIsDrawnTenTimesASecondAtMost) {
  ProgressDisplay display(MakeTestScreen(true), timer_, "send");
  display.Show(Bytes(0, 0));
  Take();
  Pass(milliseconds(99));
  display.Show(Bytes(50, 0.5));
  EXPECT_EQ(Take(), "");
  display.Finish();
  EXPECT_EQ(Take(), "\rsend  [====>      ]  50%  50 B\x1b[K\n");
}

TEST_F(ProgressDisplayTest, ATerminalThatIsMadeNarrowerIsNotOverrun) {
  ProgressDisplay display(MakeTestScreen(true), timer_, "send");
  display.Show(Bytes(0, 0));
  Take();
  width_ = 15;
  Pass(seconds(1));
  display.Show(Bytes(50, 0.5));
  EXPECT_EQ(Take(), "\r50%  0:01 left\x1b[K");
}

TEST_F(ProgressDisplayTest, ALineOfItsOwnStandsAboveTheBar) {
  ProgressDisplay display(MakeTestScreen(true), timer_, "send");
  display.Say("before");
  EXPECT_EQ(Take(), "before\n");
  display.Show(Bytes(0, 0));
  Take();
  display.Say("hello");
  EXPECT_EQ(Take(), "\r\x1b[Khello\n\rsend  [             ]  0%  0 B\x1b[K");
}

TEST_F(ProgressDisplayTest, ALineThatIsLeftOpenIsEnded) {
  {
    ProgressDisplay display(MakeTestScreen(true), timer_, "send");
    display.Show(Bytes(0, 0));
    Take();
  }
  EXPECT_EQ(Take(), "\n");
}

TEST_F(ProgressDisplayTest, ElsewhereALineIsWrittenEveryTenSecondsWhereSomethingChanged) {
  ProgressDisplay display(MakeTestScreen(false), timer_, "send");
  display.Show(Bytes(0, 0));
  EXPECT_EQ(Take(), "send: 0%, 0 B\n");
  Pass(milliseconds(9'999));
  display.Show(Bytes(50, 0.5));
  EXPECT_EQ(Take(), "");
  Pass(milliseconds(1));
  display.Show(Bytes(50, 0.5));
  EXPECT_EQ(Take(), "send: 50%, 50 B, 5 B/s, 0:10 left\n");
  Pass(seconds(60));
  display.Show(Bytes(50, 0.5));
  EXPECT_EQ(Take(), "");
}

TEST_F(ProgressDisplayTest, ElsewhereTheEndIsWrittenOnce) {
  ProgressDisplay display(MakeTestScreen(false), timer_, "send");
  display.Show(Bytes(0, 0));
  display.Show(Bytes(100, 1));
  Take();
  display.Finish();
  EXPECT_EQ(Take(), "send: 100%, 100 B\n");
  display.Finish();
  EXPECT_EQ(Take(), "");
}

}  // namespace
}  // namespace rawhaul::client
