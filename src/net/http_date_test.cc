#include "net/http_date.h"

#include <gtest/gtest.h>

namespace rawhaul::net {
namespace {

TEST(HttpDateTest, AllThreeFormsAreRead) {
  const auto wanted = ParseTimestamp("1994-11-06T08:49:37Z");
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(ParseHttpDate(text), wanted) << text;
  }
  EXPECT_EQ(ParseHttpDate("Thu, 29 Feb 2024 23:59:59 GMT"), ParseTimestamp("2024-02-29T23:59:59Z"));
}

TEST(HttpDateTest, WhatIsNoDateIsRefused) {
  for (const char* text : {"", "120", "-5", "1x", "soon", "Sunday", "GMT", "2026-01-01T00:00:00Z",
                           "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT" + std::string(100, ' ')), std::nullopt);
}

}  // namespace
}  // namespace rawhaul::net
