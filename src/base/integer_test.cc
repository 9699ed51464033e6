#include "base/integer.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rawhaul {
namespace {

TEST(ParseIntegerTest, TakesWholeDecimalIntegersThatFit) {
  EXPECT_EQ(ParseInteger<uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(ParseInteger<int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(ParseInteger<uint16_t>("0080"), 80);
}

TEST(ParseIntegerTest, TakesNothingElse) {
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "1e3", "18446744073709551616", "one"}) {
    EXPECT_EQ(ParseInteger<uint64_t>(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseInteger<uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(ParseInteger<int64_t>("--1"), std::nullopt);
}

}  // namespace
}  // namespace rawhaul
