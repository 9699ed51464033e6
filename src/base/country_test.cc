#include "base/country.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(CountryCode, IsFoundByCodeAndByEnglishName) {
  for (const auto* country : {"NL", "nl", "NLD", "Netherlands", "netherlands"}) {
    EXPECT_EQ(CountryCode(country), "nl") << country;
  }
  EXPECT_EQ(CountryCode("United States"), "us");
  EXPECT_EQ(CountryCode("Germany"), "de");
}

TEST(CountryCode, OtherWordsAreNoCountries) {
  for (const auto* country : {"", "xx", "zzz", "Atlantis", "netherlandsx"}) {
    EXPECT_EQ(CountryCode(country), std::nullopt) << country;
  }
}

}  // namespace
}  // namespace rawhaul
