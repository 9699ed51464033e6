#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

std::string At(std::string_view wall, std::string_view zone) {
  const auto time = AtWallClock(*ParseTimestamp(wall), zone);
  return time ? FormatTimestamp(*time) : "unknown zone";
}

TEST(TimeZoneTest, AWallClockIsReadWithTheOffsetOfItsDay) {
  EXPECT_EQ(At("2016-01-15T09:00:00Z", "America/Los_Angeles"), "2016-01-15T17:00:00.000Z");
  EXPECT_EQ(At("2016-07-15T09:00:00Z", "America/Los_Angeles"), "2016-07-15T16:00:00.000Z");
  EXPECT_EQ(At("2016-07-15T09:00:00.518Z", "Asia/Kolkata"), "2016-07-15T03:30:00.518Z");
  EXPECT_EQ(At("2016-07-15T09:00:00Z", "UTC"), "2016-07-15T09:00:00.000Z");
}

TEST(TimeZoneTest, OfATimeThatComesTwiceTheFirstIsMeant) {
  EXPECT_EQ(At("2016-10-30T02:30:00Z", "Europe/Berlin"), "2016-10-30T00:30:00.000Z");
}

TEST(TimeZoneTest, ATimeThatIsSkippedIsAsMuchLater) {
  EXPECT_EQ(At("2016-03-27T02:30:00Z", "Europe/Berlin"), "2016-03-27T01:30:00.000Z");
}

TEST(TimeZoneTest, TheOffsetIsThatOfTheTime) {
  using std::chrono::minutes;
  const auto offset = [](std::string_view time, std::string_view zone) {
    return ZoneOffset(*ParseTimestamp(time), zone);
  };
  EXPECT_EQ(offset("2016-01-15T09:00:00Z", "Europe/Amsterdam"), minutes(60));
  EXPECT_EQ(offset("2016-03-27T00:59:59Z", "Europe/Amsterdam"), minutes(60));
  EXPECT_EQ(offset("2016-03-27T01:00:00Z", "Europe/Amsterdam"), minutes(120));
  EXPECT_EQ(offset("2016-07-15T09:00:00Z", "America/Los_Angeles"), minutes(-420));
  EXPECT_EQ(offset("2016-07-15T09:00:00Z", "Asia/Kolkata"), minutes(330));
  EXPECT_EQ(offset("2016-07-15T09:00:00Z", "Europe/Atlantis"), std::nullopt);
  EXPECT_EQ(offset("2016-07-15T09:00:00Z", ""), std::nullopt);
}

TEST(TimeZoneTest, OtherWordsAreNoZones) {
  for (const std::string_view zone : {"", "Mars/Olympus", "Etc/Unknown", "America/Los_AngelesX", "\xc3\xa4"})
    EXPECT_EQ(At("2016-01-15T09:00:00Z", zone), "unknown zone") << zone;
}

}  // namespace
}  // namespace rawhaul
