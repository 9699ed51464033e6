#include "base/time.h"

#include <gtest/gtest.h>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

TEST(Timestamp, EveryFormOfIso8601WhoseInstantIsClear) {
  for (const Edge& edge : ReadEdges("times")) {
    const auto time = ParseTimestamp(edge.text);
    EXPECT_EQ(time ? std::optional(FormatTimestamp(*time)) : std::nullopt, edge.value)
        << edge.text << ": " << edge.why;
  }
}

TEST(Timestamp, AnInstantMayLieBeforeAllRecords) {
  EXPECT_EQ(FormatTimestamp(ParseInstant("1955-03-01T00:30:00+01:00").value()), "1955-02-28T23:30:00.000Z");
  EXPECT_EQ(ParseInstant("0001-01-01T00:00:00Z"), kFirstInstant);
  EXPECT_EQ(ParseInstant("0001-01-01T00:00:00+00:01"), std::nullopt);
  EXPECT_EQ(ParseInstant("9999-12-31T23:59:59.999Z"), kLastInstant);
  EXPECT_EQ(ParseInstant("9999-12-31T23:59:60Z"), std::nullopt);
}

TEST(Timestamp, FormatsWithMilliseconds) {
  EXPECT_EQ(FormatTimestamp(FromMillis(1461663000518)), "2016-04-26T09:30:00.518Z");
  EXPECT_EQ(FormatTimestamp(FromMillis(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatCompactTimestamp(FromMillis(1461663000518)), "20160426T093000Z");
}

TEST(Timestamp, FormattedTimesParseBack) {
  for (int64_t millis = 0; millis < 253402300799000; millis += 9'876'543'211'987) {
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(FromMillis(millis))), FromMillis(millis)) << millis;
  }
}

TEST(Day, EveryDayOfTheYears1To9999) {
  for (const Edge& edge : ReadEdges("days")) {
    const auto day = ParseDay(edge.text);
    EXPECT_EQ(day ? std::optional(FormatDay(*day)) : std::nullopt, edge.value)
        << edge.text << ": " << edge.why;
  }
}

}  // namespace
}  // namespace rawhaul
