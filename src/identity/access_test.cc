#include "identity/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using ::testing::HasSubstr;

const AppPath kApp{"S", "G", "C", "N"};
constexpr std::string_view kAppScope =
    "/subscriptions/S/resourceGroups/G/providers/Microsoft.MobileEngagement/appcollections/C/apps/N";

TEST(ScopeCoversTest, AScopeCoversItselfAndWhatIsBelow) {
  EXPECT_TRUE(ScopeCovers("/subscriptions/a", "/subscriptions/a"));
  EXPECT_TRUE(ScopeCovers("/subscriptions/a", "/subscriptions/a/resourceGroups/b"));
  EXPECT_TRUE(ScopeCovers("/subscriptions/S", ScopeOf(kApp)));
}

TEST(ScopeCoversTest, AScopeCoversWholeSegmentsOnly) {
  EXPECT_FALSE(ScopeCovers("/subscriptions/a", "/subscriptions/ab"));
  EXPECT_FALSE(ScopeCovers("/subscriptions/ab", "/subscriptions/a"));
  EXPECT_FALSE(ScopeCovers("/subscriptions/a/resourceGroups/b", "/subscriptions/a/resourceGroups/bc"));
  EXPECT_FALSE(ScopeCovers("/subscriptions/a/resourceGroups/b", "/subscriptions/a"));
  EXPECT_FALSE(ScopeCovers("/subscriptions/a/resourceGroups/b", "/subscriptions/c/resourceGroups/b"));
}

TEST(ScopeCoversTest, CaseDoesNotMatter) {
  EXPECT_TRUE(ScopeCovers("/subscriptions/ABC", "/SUBSCRIPTIONS/abc/RESOURCEGROUPS/x"));
  EXPECT_FALSE(ScopeCovers("/subscriptions/A", "/subscriptions/AB"));
}

TEST(ScopeCoversTest, NoScopeCoversNothing) {
  EXPECT_FALSE(ScopeCovers("", ""));
  EXPECT_FALSE(ScopeCovers("", "/subscriptions/a"));
  EXPECT_FALSE(ScopeCovers("/", "/subscriptions/a"));
}

TEST(ScopeOfTest, AnAppHasItsResourcePath) { EXPECT_EQ(ScopeOf(kApp), kAppScope); }

TEST(CheckScopeTest, TakesTheFourLevels) {
  EXPECT_TRUE(CheckScope("/subscriptions/S"));
  EXPECT_TRUE(CheckScope("/subscriptions/S/resourceGroups/G"));
  EXPECT_TRUE(
      CheckScope("/subscriptions/S/resourceGroups/G/providers/Microsoft.MobileEngagement/appcollections/C"));
  EXPECT_TRUE(CheckScope(kAppScope));
  EXPECT_TRUE(CheckScope("/Subscriptions/S/resourcegroups/G"));
}

TEST(CheckScopeTest, RefusesEverythingElse) {
  for (const std::string_view scope :
       {"", "/", "subscriptions/S", "/subscriptions", "/subscriptions/", "/subscriptions/S/", "//S",
        "/subscription/S", "/subscriptions/S/resourceGroups", "/subscriptions/S/resourceGroups/",
        "/subscriptions/S//G", "/subscriptions/S/groups/G",
        "/subscriptions/S/resourceGroups/G/providers/Microsoft.MobileEngagement",
        "/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/appcollections/C",
        "/subscriptions/S/resourceGroups/G/providers/Microsoft.MobileEngagement/appcollections/C/apps",
        "/subscriptions/S/resourceGroups/G/providers/Microsoft.MobileEngagement/appcollections/C/apps/N/"
        "devices",
        "/subscriptions/..", "/subscriptions/a\nb"}) {
    const Status status = CheckScope(scope);
    ASSERT_FALSE(status) << scope;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(CheckScopeTest, SaysWhatAScopeLooksLike) {
  EXPECT_THAT(CheckScope("S").error().message, HasSubstr("/subscriptions/S[/resourceGroups/G"));
  EXPECT_THAT(CheckScope("/subscriptions/").error().message, HasSubstr("the scope's subscription is empty"));
}

TEST(AuthorizeTest, AHigherRoleIncludesTheLowerOnes) {
  for (const Role has : {Role::kReader, Role::kContributor, Role::kOwner}) {
    for (const Role needed : {Role::kReader, Role::kContributor, Role::kOwner}) {
      const Principal principal{"id", "tenant", has, "/subscriptions/S"};
      EXPECT_EQ(Authorize(principal, needed, kAppScope).has_value(), has >= needed);
    }
  }
}

TEST(AuthorizeTest, AMissingRoleIsNamed) {
  const Status status =
      Authorize({"id", "tenant", Role::kReader, "/subscriptions/S"}, Role::kOwner, kAppScope);
  EXPECT_EQ(status.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(status.error().message, HasSubstr("has the role reader"));
  EXPECT_THAT(status.error().message, HasSubstr("needs the role owner"));
}

TEST(AuthorizeTest, TheBestRoleDoesNotHelpOutsideOfTheScope) {
  const Status status =
      Authorize({"id", "tenant", Role::kOwner, "/subscriptions/s2"}, Role::kReader, kAppScope);
  EXPECT_EQ(status.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(status.error().message, HasSubstr("its scope is '/subscriptions/s2'"));
}

TEST(SubscriptionOfTest, IsTheSecondSegment) {
  EXPECT_EQ(SubscriptionOf("/subscriptions/S"), "S");
  EXPECT_EQ(SubscriptionOf(kAppScope), "S");
  EXPECT_EQ(SubscriptionOf("/subscriptions"), "");
  EXPECT_EQ(SubscriptionOf(""), "");
}

}  // namespace
}  // namespace rawhaul
