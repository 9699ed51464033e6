#include "collect/segment/sessions.h"

#include <gtest/gtest.h>

namespace rawhaul::segment {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2016) / 4 / 26);

class SessionsTest : public ::testing::Test {
 protected:
  Sessions sessions_{Guid{{1}}};
};

TEST_F(SessionsTest, ActivitiesThatArriveInAnyOrderAreOneSession) {
  const Guid id = sessions_.OfActivity(kStart + minutes(40));
  EXPECT_EQ(sessions_.OfActivity(kStart + minutes(20)), id);
  EXPECT_EQ(sessions_.OfActivity(kStart), id);
  EXPECT_EQ(sessions_.OfActivity(kStart + minutes(60)), id);
  EXPECT_EQ(sessions_.At(kStart + minutes(90)), id);
  EXPECT_TRUE(sessions_.At(kStart + minutes(91)).IsZero());
}

TEST_F(SessionsTest, AnActivityBetweenTwoSessionsJoinsTheOneBeforeIt) {
  const Guid one = sessions_.OfActivity(kStart);
  const Guid other = sessions_.OfActivity(kStart + minutes(50));
  EXPECT_NE(one, other);
  EXPECT_EQ(sessions_.OfActivity(kStart + minutes(25)), one);
}

TEST_F(SessionsTest, BeginningAndEndMayComeInAnyOrder) {
  EXPECT_EQ(sessions_.Close(kStart + minutes(20)), std::nullopt);
  const auto whole = sessions_.Open(kStart);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->first, kStart);
  EXPECT_EQ(whole->last, kStart + minutes(20));
  EXPECT_EQ(sessions_.OfActivity(kStart + minutes(10)), whole->id);
  EXPECT_NE(sessions_.OfActivity(kStart + minutes(21)), whole->id) << "it was closed";
}

TEST_F(SessionsTest, ActivitiesBeforeTheirBeginningArrivesBelongToIt) {
  const Guid id = sessions_.OfActivity(kStart + minutes(1));
  EXPECT_EQ(sessions_.Open(kStart), std::nullopt);
  const auto whole = sessions_.Close(kStart + hours(2));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->id, id);
  EXPECT_EQ(whole->first, kStart);
}

TEST_F(SessionsTest, WhatComesTwiceIsToldOnceAndChangesNothing) {
  sessions_.Open(kStart);
  const auto whole = sessions_.Close(kStart + minutes(5));
  std::string before;
  sessions_.Encode(before);
  EXPECT_EQ(sessions_.Open(kStart), std::nullopt);
  EXPECT_EQ(sessions_.Close(kStart + minutes(5)), std::nullopt);
  EXPECT_EQ(sessions_.OfActivity(kStart + minutes(5)), whole->id);
  std::string after;
  sessions_.Encode(after);
  EXPECT_EQ(before, after);
}

TEST_F(SessionsTest, ASessionThatIsNotClosedEndsWhenTheNextIsOpened) {
  sessions_.Open(kStart);
  const Guid one = sessions_.OfActivity(kStart + minutes(1));
  sessions_.Open(kStart + minutes(10));
  EXPECT_NE(sessions_.OfActivity(kStart + minutes(11)), one);
  const auto closed = sessions_.Close(kStart + minutes(12));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->first, kStart + minutes(10));
}

TEST_F(SessionsTest, ASessionThatIsNotClosedIsOverAlsoBehindTheNextOne) {
  sessions_.Open(kStart);
  const Guid one = sessions_.OfActivity(kStart + minutes(1));
  sessions_.Open(kStart + minutes(10));
  ASSERT_TRUE(sessions_.Close(kStart + minutes(12)));
  EXPECT_TRUE(sessions_.At(kStart + minutes(13)).IsZero());
  EXPECT_EQ(sessions_.Close(kStart + minutes(14)), std::nullopt);
  EXPECT_NE(sessions_.OfActivity(kStart + minutes(15)), one);
  EXPECT_EQ(sessions_.OfActivity(kStart + minutes(2)), one) << "what comes late, of before";
  const auto closed = sessions_.Close(kStart + minutes(3));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->id, one);
}

TEST_F(SessionsTest, TheyAreReadAsTheyWereWrittenAndFewAreKept) {
  for (int i = 0; i < 20; ++i) sessions_.OfActivity(kStart + hours(i));
  std::string encoded;
  sessions_.Encode(encoded);
  EXPECT_LT(encoded.size(), 400u);
  Sessions read{Guid{{1}}};
  wire::Input in(encoded);
  ASSERT_TRUE(read.Decode(in));
  EXPECT_TRUE(read.At(kStart + hours(11)).IsZero());
  EXPECT_EQ(read.At(kStart + hours(19)), sessions_.At(kStart + hours(19)));
  wire::Input cut(std::string_view(encoded).substr(0, encoded.size() - 1));
  EXPECT_FALSE(read.Decode(cut));
}

}  // namespace
}  // namespace rawhaul::segment
