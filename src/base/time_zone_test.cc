#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

std::string At(std::string_view wall, std::string_view zone) {
  const auto time = AtWallClock(*ParseTimestamp(wall), zone);
  return time ? FormatTimestamp(*time) : "unknown zone";
}

TEST(TimeZoneTest, WallClocksAreReadAsTheSystemDoes) {
  for (const Edge& edge : ReadEdges("zones")) {
    const size_t space = edge.text.find(' ');
    EXPECT_EQ(At(edge.text.substr(space + 1) + "Z", edge.text.substr(0, space)),
              edge.value.value_or("unknown zone"))
        << edge.text << ": " << edge.why;
  }
}

TEST(TimeZoneTest, MillisecondsStay) {
  EXPECT_EQ(At("2016-07-15T09:00:00.518Z", "Asia/Kolkata"), "2016-07-15T03:30:00.518Z");
  EXPECT_EQ(At("1970-01-01T00:00:00.001Z", "Asia/Kolkata"), "1969-12-31T18:30:00.001Z");
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

TEST(TimeZoneTest, NamesThatNoFileCanHaveAreNoZones) {
  for (const std::string& zone : {std::string("Etc/Unknown"), std::string("America/Los_AngelesX"),
                                  std::string("\xc3\xa4"), std::string("UTC\0", 4), std::string(300, 'a')}) {
    EXPECT_EQ(At("2016-01-15T09:00:00Z", zone), "unknown zone") << zone;
  }
}

// In a process of its own: Abseil keeps what it has read.
TEST(TimeZoneTest, WithoutTzdataNoZoneIsKnownAndItIsSaid) {
  EXPECT_TRUE(CheckTimeZones());
  EXPECT_EXIT(
      {
        ::setenv("TZDIR", "/nonexistent", 1);
        const auto time = AtWallClock(Timestamp(), "Europe/Berlin");
        std::cerr << (time ? "known; " : "") << CheckTimeZones().error().message;
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^there are no time zones in /nonexistent; install the package tzdata$");
}

}  // namespace
}  // namespace rawhaul
