#include "identity/bearer.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(BearerTest, TheSchemeIsTakenInAnyCase) {
  EXPECT_EQ(BearerCredential("Bearer abc"), "abc");
  EXPECT_EQ(BearerCredential("bearer abc"), "abc");
  EXPECT_EQ(BearerCredential("BEARER   abc"), "abc");
}

TEST(BearerTest, AnythingElseIsNoBearerCredential) {
  for (const std::string_view text :
       {"", "Bearer", "Bearer ", "Bearerabc", "Basic abc", "abc", " Bearer abc"}) {
    EXPECT_EQ(BearerCredential(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace rawhaul
