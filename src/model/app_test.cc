#include "model/app.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(RoleTest, EveryRoleIsReadBackFromItsName) {
  for (const Role role : {Role::kReader, Role::kContributor, Role::kOwner})
    EXPECT_EQ(ParseRole(ToString(role)), role);
}

TEST(RoleTest, NamesAreLowerCase) {
  EXPECT_EQ(ToString(Role::kReader), "reader");
  EXPECT_EQ(ToString(Role::kContributor), "contributor");
  EXPECT_EQ(ToString(Role::kOwner), "owner");
}

TEST(RoleTest, ParsingIgnoresCaseAndRefusesOtherWords) {
  EXPECT_EQ(ParseRole("Owner"), Role::kOwner);
  EXPECT_EQ(ParseRole(""), std::nullopt);
  EXPECT_EQ(ParseRole("own"), std::nullopt);
  EXPECT_EQ(ParseRole("owners"), std::nullopt);
}

TEST(RoleTest, ARoleIsGreaterThanTheOnesItIncludes) {
  EXPECT_LT(Role::kReader, Role::kContributor);
  EXPECT_LT(Role::kContributor, Role::kOwner);
}

}  // namespace
}  // namespace rawhaul
