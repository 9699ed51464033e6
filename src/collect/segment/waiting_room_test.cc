#include "collect/segment/waiting_room.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

namespace rawhaul::segment {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2016) / 4 / 26);
constexpr WaitingJob kJob{1, Guid{{1}}};
constexpr WaitingJob kOther{1, Guid{{2}}};
constexpr WaitingJob kOfAnotherApp{2, kJob.key};

bool HasNotCome() { return false; }

class WaitingRoomTest : public ::testing::Test {
 protected:
  bool Wait(int number, Timestamp end, const WaitingJob& job = kJob) {
    return room_.Wait(job, end, HasNotCome, [this, number] { gone_.push_back(number); });
  }

  std::vector<int> gone_;
  WaitingRoom room_{hours(1)};
};

TEST_F(WaitingRoomTest, ABeginningLetsTheFirstEndBehindItGo) {
  EXPECT_TRUE(Wait(1, kStart + minutes(9)));
  EXPECT_TRUE(Wait(2, kStart + minutes(5)));
  EXPECT_TRUE(Wait(3, kStart + minutes(1)));
  room_.Come(kOther, kStart);
  room_.Come(kOfAnotherApp, kStart);
  room_.Come(kJob, kStart + minutes(10));
  EXPECT_TRUE(gone_.empty());
  room_.Come(kJob, kStart + minutes(5));
  EXPECT_EQ(gone_, std::vector<int>{2});
  room_.Come(kJob, kStart + minutes(2));
  EXPECT_EQ(gone_, (std::vector<int>{2, 1}));
}

TEST_F(WaitingRoomTest, WhatHasComeBeforeNeedNotBeWaitedFor) {
  EXPECT_FALSE(room_.Wait(
      kJob, kStart, [] { return true; }, [] { ADD_FAILURE(); }));
  room_.Come(kJob, kStart);
}

TEST_F(WaitingRoomTest, ABeginningThatComesWhileOneLooksForItIsNotMissed) {
  const auto comes = [this] {
    room_.Come(kJob, kStart);
    return true;
  };
  EXPECT_TRUE(room_.Wait(kJob, kStart, comes, [this] { gone_.push_back(1); }));
  EXPECT_EQ(gone_, std::vector<int>{1}) << "once";
}

TEST_F(WaitingRoomTest, OthersComeAndGoWhileOneLooks) {
  const auto looks = [this] {
    std::thread other([this] {
      EXPECT_TRUE(Wait(2, kStart + minutes(1)));
      room_.Come(kJob, kStart + minutes(1));
    });
    other.join();
    return false;
  };
  EXPECT_TRUE(room_.Wait(kJob, kStart, looks, [this] { gone_.push_back(1); }));
  EXPECT_EQ(gone_, std::vector<int>{2});
}

TEST_F(WaitingRoomTest, AFullRoomTakesNoMore) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Wait(i, kStart));
  EXPECT_FALSE(Wait(1000, kStart));
  room_.Come(kJob, kStart);
  EXPECT_TRUE(Wait(1001, kStart));
}

TEST_F(WaitingRoomTest, AnAppThatFillsTheRoomMakesPlaceForOthersUpToTheSameNumber) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Wait(i, kStart));
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(Wait(1000 + i, kStart, kOfAnotherApp));
    ASSERT_EQ(gone_.size(), i + 1);
    ASSERT_EQ(gone_.back(), i) << "who waited longest";
  }
  EXPECT_FALSE(Wait(1500, kStart, kOfAnotherApp));
  EXPECT_FALSE(Wait(1500, kStart));
  EXPECT_TRUE(Wait(1500, kStart, {3, kJob.key}));
}

TEST_F(WaitingRoomTest, StopLetsAllGoInTheirOrderAndTakesNoMore) {
  EXPECT_TRUE(Wait(1, kStart + minutes(9)));
  EXPECT_TRUE(Wait(2, kStart + minutes(5)));
  room_.Stop();
  room_.Stop();
  EXPECT_EQ(gone_, (std::vector<int>{1, 2}));
  EXPECT_FALSE(Wait(3, kStart));
}

TEST(WaitingRoom, PatienceEnds) {
  WaitingRoom room(milliseconds(1));
  std::promise<void> gone;
  ASSERT_TRUE(room.Wait(kJob, kStart, HasNotCome, [&] { gone.set_value(); }));
  EXPECT_EQ(gone.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

}  // namespace
}  // namespace rawhaul::segment
