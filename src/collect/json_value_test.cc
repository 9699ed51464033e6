#include "collect/json_value.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

JsonValue Number(std::string_view text) { return {JsonType::kNumber, text}; }

TEST(JsonValue, NumbersFollowTheGrammar) {
  for (const auto* good : {"0", "-0", "1", "10", "-12.5", "0.0", "1e5", "1E+5", "2.5e-300", "1e999",
                           "123456789012345678901234567890"}) {
    EXPECT_TRUE(IsJsonNumber(good)) << good;
  }
  for (const auto* bad :
       {"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "1x", "1 ", "0x10", "--1", "NaN", "1.2.3"}) {
    EXPECT_FALSE(IsJsonNumber(bad)) << bad;
  }
}

TEST(JsonValue, IntegersHaveNoFractionAndFit) {
  EXPECT_EQ(ToInteger(Number("0")), 0);
  EXPECT_EQ(ToInteger(Number("-0")), 0);
  EXPECT_EQ(ToInteger(Number("9223372036854775807")), INT64_MAX);
  EXPECT_EQ(ToInteger(Number("-9223372036854775808")), INT64_MIN);
  EXPECT_EQ(ToInteger(Number("9223372036854775808")), std::nullopt);
  EXPECT_EQ(ToInteger(Number("1.0")), std::nullopt);
  EXPECT_EQ(ToInteger(Number("1e3")), std::nullopt);
  EXPECT_EQ(ToInteger(JsonValue{JsonType::kString, "1"}), std::nullopt);
}

TEST(JsonValue, LongTextIsQuotedInPart) {
  EXPECT_EQ(Quoted("a"), "\"a\"");
  EXPECT_EQ(Quoted(std::string(64, 'x')), '"' + std::string(64, 'x') + '"');
  EXPECT_EQ(Quoted(std::string(65, 'x')), '"' + std::string(64, 'x') + "...\"");
  EXPECT_EQ(Quoted(std::string(63, 'x') + "éé"), '"' + std::string(63, 'x') + "...\"")
      << "cut between characters";
}

}  // namespace
}  // namespace rawhaul
