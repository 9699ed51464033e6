#include "model/wire.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rawhaul::wire {
namespace {

using namespace std::string_literals;

std::string Varint(uint64_t value) {
  std::string out;
  PutVarint(value, out);
  return out;
}

TEST(Wire, VarintsRoundTripInAsFewBytesAsTheyNeed) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const uint64_t value : {(uint64_t{1} << bits) - 1, uint64_t{1} << bits}) {
      const std::string encoded = Varint(value);
      Input in(encoded);
      EXPECT_EQ(in.Varint(), value);
      EXPECT_TRUE(in.ok());
      EXPECT_TRUE(in.rest().empty());
    }
  }
  EXPECT_EQ(Varint(127).size(), 1u);
  EXPECT_EQ(Varint(300), "\xac\x02");
  EXPECT_EQ(Varint(UINT64_MAX).size(), 10u);
}

TEST(Wire, SignedNumbersRoundTripAndSmallOnesAreShort) {
  for (const int64_t value : {INT64_MIN, int64_t{-64}, int64_t{-1}, int64_t{0}, int64_t{63}, INT64_MAX}) {
    std::string encoded;
    PutSigned(value, encoded);
    Input in(encoded);
    EXPECT_EQ(in.Signed(), value);
    EXPECT_EQ(encoded.size() == 1, value >= -64 && value <= 63) << value;
  }
}

TEST(Wire, VarintsAbove64BitsAndEndlessOnesAreRefused) {
  for (const std::string& bytes : {std::string(9, '\xff') + "\x02"s, std::string(11, '\x80'), "\x80"s, ""s}) {
    Input in(bytes);
    EXPECT_EQ(in.Varint(), 0u);
    EXPECT_FALSE(in.ok());
  }
}

TEST(Wire, StringsLongerThanTheInputAreRefused) {
  for (const uint64_t size : {uint64_t{3}, UINT64_MAX}) {
    const std::string bytes = Varint(size) + "ab";
    Input in(bytes);
    EXPECT_EQ(in.String(), "");
    EXPECT_FALSE(in.ok());
  }
}

TEST(Wire, TimesOutsideTheYearsThatCanBeStoredAreRefused) {
  const auto is_read = [](int64_t base, int64_t difference) {
    std::string bytes;
    PutSigned(difference, bytes);
    Input in(bytes);
    return in.Time(base) == base + (in.ok() ? difference : -base) && in.ok();
  };
  EXPECT_TRUE(is_read(1000, -1000));
  EXPECT_FALSE(is_read(1000, -1001));
  EXPECT_TRUE(is_read(0, kMaxMillis));
  EXPECT_FALSE(is_read(1, kMaxMillis));
  EXPECT_FALSE(is_read(kMaxMillis, INT64_MIN));
  EXPECT_FALSE(is_read(0, INT64_MAX));
}

TEST(Wire, AfterARefusalNothingMoreIsRead) {
  Input in(
      "\x7f"
      "abc");
  in.String();
  EXPECT_EQ(in.Byte(), 0);
  EXPECT_TRUE(in.Guid().IsZero());
  EXPECT_FALSE(in.ok());
  EXPECT_TRUE(in.rest().empty());
}

TEST(Wire, TimesAreMovedIntoTheYearsThatCanBeStored) {
  EXPECT_EQ(StorableMillis(FromMillis(-5)), 0);
  EXPECT_EQ(StorableMillis(*ParseTimestamp("9999-12-31T23:59:59.999Z")), kMaxMillis);
  EXPECT_EQ(StorableMillis(FromMillis(kMaxMillis + 1)), kMaxMillis);
  EXPECT_EQ(StorableMillis(FromMillis(1234)), 1234);
}

}  // namespace
}  // namespace rawhaul::wire
