#include "app/number_ranges.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const Timestamp kNow = *ParseTimestamp("2026-11-28T12:00:00Z");

TEST(NumberRanges, BeginBehindWhatALostServerMayHaveGivenSinceTheBackup) {
  const uint64_t lost_server_had = uint64_t{100'000} * 3600 * 24 * 365 * 6;  // a second, for six years
  EXPECT_GT(*NextNumberRange(7, kNow), lost_server_had);
}

TEST(NumberRanges, OfTwoCopiesOfOneBackupDiffer) {
  const uint64_t first = *NextNumberRange(7, kNow);
  const uint64_t second = *NextNumberRange(7, kNow + milliseconds(1));
  EXPECT_GE(second, first + 512);
}

TEST(NumberRanges, OfACopyOfACopyAreBehindIt) {
  const uint64_t first = *NextNumberRange(7, kNow);
  EXPECT_GT(*NextNumberRange(first + 1'000'000, kNow + hours(1)), first + 1'000'000);
}

TEST(NumberRanges, GoOnWhenTheClockWasAhead) {
  const uint64_t ahead = *NextNumberRange(7, *ParseTimestamp("2099-01-01T00:00:00Z"));
  EXPECT_GT(*NextNumberRange(ahead, kNow), ahead + 1'000'000'000);
  EXPECT_GT(*NextNumberRange(7, FromMillis(0)), 7u);
  EXPECT_GT(*NextAppRange(200'000'000, kNow), 200'000'000u);
}

TEST(NumberRanges, StayBelowTheirLimitForCenturies) {
  EXPECT_LT(*NextNumberRange(7, *ParseTimestamp("2298-01-01T00:00:00Z")), kNumberLimit);
  EXPECT_FALSE(NextNumberRange(7, *ParseTimestamp("9999-01-01T00:00:00Z")).has_value());
  EXPECT_FALSE(NextNumberRange(kNumberLimit - 1, kNow).has_value());
  EXPECT_TRUE(NextAppRange(7, *ParseTimestamp("9999-01-01T00:00:00Z")).has_value());
  EXPECT_FALSE(NextAppRange(UINT32_MAX - 1, kNow).has_value());
}

}  // namespace
}  // namespace rawhaul
