#include "collect/fields_pool.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

TEST(FieldsPool, EqualFieldsAreOneObjectWithTheIdOfTheirContent) {
  FieldsPool pool(InfoId, 10);
  const FieldsPtr nexus = pool.Share({{"phoneModel", "Nexus 5"}, {"locale", "nl_NL"}});
  EXPECT_EQ(pool.Share({{"locale", "nl_NL"}, {"phoneModel", "Nexus 5"}}), nexus);
  EXPECT_EQ(nexus->values.at("phoneModel"), "Nexus 5");
  EXPECT_EQ(nexus->id, InfoId(nexus->values));
}

TEST(FieldsPool, OtherFieldsAreOthers) {
  FieldsPool pool(LocationId, 10);
  const FieldsPtr region = pool.Share({{"region", "x"}});
  const FieldsPtr locality = pool.Share({{"locality", "x"}});
  EXPECT_NE(region, locality);
  EXPECT_NE(region->id, locality->id);
  EXPECT_NE(pool.Share({{"region", "y"}}), region);
}

TEST(FieldsPool, NoFieldsHaveNoId) {
  FieldsPool pool(InfoId, 10);
  EXPECT_TRUE(pool.Share({})->values.empty());
  EXPECT_TRUE(pool.Share({})->id.IsZero());
}

TEST(FieldsPool, AFullPoolForgetsAndWhatWasSharedStays) {
  FieldsPool pool(InfoId, 2);
  const FieldsPtr first = pool.Share({{"phoneModel", "0"}});
  for (int i = 1; i < 5; ++i) pool.Share({{"phoneModel", std::to_string(i)}});
  EXPECT_EQ(first->values.at("phoneModel"), "0");
  const FieldsPtr again = pool.Share({{"phoneModel", "0"}});
  EXPECT_NE(again, first);
  EXPECT_EQ(again->id, first->id);
}

}  // namespace
}  // namespace rawhaul
