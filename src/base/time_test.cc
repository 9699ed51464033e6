#include "base/time.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(Timestamp, ParsesWhatRfc3339Allows) {
  const Timestamp expected = FromMillis(1461663000518);  // 2016-04-26T09:30:00.518Z
  EXPECT_EQ(ParseTimestamp("2016-04-26T09:30:00.518Z"), expected);
  EXPECT_EQ(ParseTimestamp("2016-04-26t09:30:00.518z"), expected);
  EXPECT_EQ(ParseTimestamp("2016-04-26 09:30:00.518Z"), expected);
  EXPECT_EQ(ParseTimestamp("2016-04-26T11:30:00.518+02:00"), expected);
  EXPECT_EQ(ParseTimestamp("2016-04-26T00:00:00.518-09:30"), expected);
  EXPECT_EQ(ParseTimestamp("2016-04-26T09:30:00.518999999Z"), expected);
  EXPECT_EQ(ParseTimestamp("2016-04-26T09:30:00.5Z"), FromMillis(1461663000500));
  EXPECT_EQ(ParseTimestamp("2016-04-26T09:30:00Z"), FromMillis(1461663000000));
}

TEST(Timestamp, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2016-04-26", "2016-04-26T09:30:00", "2016-04-26T09:30Z", "2016-02-30T00:00:00Z",
        "2016-04-26T24:00:00Z", "2016-04-26T09:60:00Z", "2016-04-26T09:30:00.Z", "2016-04-26T09:30:00+0200",
        "2016-04-26T09:30:00Zx", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "16-04-26T09:30:00Z",
        "2016-04-26T09:30:-1Z"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
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

TEST(Day, ParsesRealDaysOnly) {
  const auto leap_day = ParseDay("2016-02-29");
  ASSERT_TRUE(leap_day);
  EXPECT_EQ(FormatDay(*leap_day), "2016-02-29");
  for (const char* text :
       {"2015-02-29", "2016-13-01", "2016-4-1", "2016-04-26T00:00:00Z", "20160426", "", "2016-00-10"}) {
    EXPECT_FALSE(ParseDay(text)) << text;
  }
}

}  // namespace
}  // namespace rawhaul
