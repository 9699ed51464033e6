#include "collect/segment/jobs.h"

#include <gtest/gtest.h>

namespace rawhaul::segment {
namespace {

using std::chrono::minutes;

constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2016) / 4 / 26);
constexpr Guid kKey{{1}};
constexpr Guid kOther{{2}};

class JobsTest : public ::testing::Test {
 protected:
  Jobs jobs_;
};

TEST_F(JobsTest, AnEndIsThatOfTheLastBeginningBeforeIt) {
  jobs_.Start(kKey, {}, "sync", kStart);
  jobs_.Start(kKey, {}, "sync", kStart + minutes(10));
  jobs_.Start(kOther, {}, "sync", kStart + minutes(11));
  const auto later = jobs_.Finish(kKey, {}, kStart + minutes(12));
  EXPECT_EQ(later.start, kStart + minutes(10));
  const auto earlier = jobs_.Finish(kKey, {}, kStart + minutes(13));
  EXPECT_EQ(earlier.start, kStart);
  EXPECT_NE(later.id, earlier.id);
}

TEST_F(JobsTest, TheClientsIdIsKept) {
  const Guid id{{9}};
  jobs_.Start(kKey, id, "sync", kStart);
  EXPECT_EQ(jobs_.Finish(kKey, id, kStart + minutes(1)).id, id);
}

TEST_F(JobsTest, WhatComesTwiceIsToldAgainAndBeginsNoOther) {
  jobs_.Start(kKey, {}, "sync", kStart);
  const auto ended = jobs_.Finish(kKey, {}, kStart + minutes(1));
  jobs_.Start(kKey, {}, "sync", kStart);
  const auto again = jobs_.Finish(kKey, {}, kStart + minutes(1));
  EXPECT_EQ(again.id, ended.id);
  EXPECT_EQ(again.start, kStart);
  EXPECT_FALSE(jobs_.CanFinish(kKey, kStart + minutes(2))) << "no beginning is left over";
}

TEST_F(JobsTest, ABeginningThatComesAfterItsEndWasToldChangesNothing) {
  EXPECT_EQ(jobs_.Finish(kKey, {}, kStart + minutes(1)).start, std::nullopt);
  jobs_.Start(kKey, {}, "sync", kStart);
  EXPECT_FALSE(jobs_.CanFinish(kKey, kStart + minutes(2)));
}

TEST_F(JobsTest, OfTooManyTheOldestIsToldAndThoseThatEndedAreForgottenFirst) {
  jobs_.Start(kKey, {}, "first", kStart);
  jobs_.Finish(kOther, {}, kStart);
  for (int i = 1; i <= 31; ++i) {
    jobs_.Start(kKey, {}, "more", kStart + minutes(i));
  }
  ASSERT_TRUE(jobs_.TakeLost().empty()) << "the one that ended made room";
  jobs_.Start(kKey, {}, "more", kStart + minutes(40));
  const auto lost = jobs_.TakeLost();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].name, "first");
  EXPECT_EQ(lost[0].start, kStart);
}

TEST_F(JobsTest, AnEndThatTakesTheRoomOfAJobTellsIt) {
  for (int i = 0; i < 32; ++i) jobs_.Start(kKey, {}, "open", kStart + minutes(i));
  jobs_.Finish(kOther, {}, kStart);
  const auto lost = jobs_.TakeLost();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].start, kStart);
  EXPECT_TRUE(jobs_.TakeLost().empty());
}

TEST_F(JobsTest, LongNamesMakeThemFewerAndNoneIsLostUntold) {
  const std::string name(256, 'n');
  size_t told = 0;
  for (int i = 0; i < 100; ++i) {
    jobs_.Start(kKey, {}, name, kStart + minutes(i));
    told += jobs_.TakeLost().size();
    std::string encoded;
    jobs_.Encode(encoded);
    EXPECT_LE(encoded.size(), kMaxJobsBytes);
  }
  size_t remembered = 0;
  for (int i = 100; jobs_.CanFinish(kKey, kStart + minutes(i)); ++i, ++remembered)
    jobs_.Finish(kKey, {}, kStart + minutes(i));
  EXPECT_GE(remembered, 11u);
  EXPECT_EQ(told + remembered, 100u);
}

TEST_F(JobsTest, TheyAreReadAsTheyWereWritten) {
  jobs_.Start(kKey, {}, "sync", kStart);
  std::string encoded;
  jobs_.Encode(encoded);
  Jobs read;
  wire::Input in(encoded);
  ASSERT_TRUE(read.Decode(in));
  EXPECT_EQ(read.Finish(kKey, {}, kStart + minutes(1)).start, kStart);
  wire::Input cut(std::string_view(encoded).substr(0, encoded.size() - 1));
  EXPECT_FALSE(read.Decode(cut));
}

}  // namespace
}  // namespace rawhaul::segment
