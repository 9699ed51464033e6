#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_testing.h"

namespace rawhaul {
namespace {

using ::testing::HasSubstr;

const AppPath kPath{"Sub", "Group", "Collection", "App"};
const Timestamp kCreated = FromMillis(1'461'663'000'518);

class AppsTest : public ::testing::Test {
 protected:
  TemporaryCatalog catalog_;
  AppCatalog& apps_ = catalog_->apps();
};

TEST_F(AppsTest, AnAppIsFoundAsItWasCreated) {
  const auto created = apps_.Create(kPath, "Android", "key", "hash", kCreated);
  ASSERT_TRUE(created) << created.error().message;
  const auto found = apps_.Find(kPath);
  ASSERT_TRUE(found && *found);
  for (const App& app : {*created, **found}) {
    EXPECT_EQ(app.id, created->id);
    EXPECT_EQ(app.path.subscription, "Sub");
    EXPECT_EQ(app.path.resource_group, "Group");
    EXPECT_EQ(app.path.collection, "Collection");
    EXPECT_EQ(app.path.name, "App");
    EXPECT_EQ(app.platform, "android");
    EXPECT_EQ(app.created, kCreated);
  }
}

TEST_F(AppsTest, PathsAreComparedWithoutRegardToCase) {
  ASSERT_TRUE(apps_.Create(kPath, "ios", "key", "hash", kCreated));
  const AppPath other{"sUB", "group", "COLLECTION", "aPP"};
  EXPECT_EQ((*apps_.Find(other))->path.name, "App");
  const auto again = apps_.Create(other, "ios", "other key", "hash", kCreated);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_THAT(again.error().message, HasSubstr("an app \"aPP\" exists"));
}

TEST_F(AppsTest, ARefusedAppLeavesNothingBehind) {
  ASSERT_TRUE(apps_.Create(kPath, "ios", "key", "hash", kCreated));
  ASSERT_FALSE(apps_.Create(kPath, "ios", "other key", "hash", kCreated));
  EXPECT_FALSE(*apps_.FindByKeyId("other key"));
  EXPECT_EQ(apps_.List("Sub")->size(), 1u);
}

TEST_F(AppsTest, TheHashOfAKeyIsReplacedWhereItIsWhatItWas) {
  ASSERT_TRUE(apps_.Create(kPath, "ios", "key", "hash", kCreated));
  ASSERT_TRUE(apps_.Create({"a", "b", "c", "d"}, "ios", "other key", "hash", kCreated));
  const auto hash_of = [&](std::string_view key) { return (*apps_.FindByKeyId(key))->key_hash; };
  EXPECT_TRUE(apps_.ReplaceKeyHash("key", "another", "new"));
  EXPECT_EQ(hash_of("key"), "hash");
  EXPECT_TRUE(apps_.ReplaceKeyHash("key", "hash", "new"));
  EXPECT_EQ(hash_of("key"), "new");
  EXPECT_EQ(hash_of("other key"), "hash");
}

TEST_F(AppsTest, PartsOfAPathDoNotRunTogether) {
  ASSERT_TRUE(apps_.Create({"a", "b", "c", "d"}, "ios", "key", "hash", kCreated));
  EXPECT_FALSE(*apps_.Find({"a/b", "c", "d", ""}));
  EXPECT_FALSE(*apps_.Find({"a", "b/c", "d", ""}));
  EXPECT_FALSE(*apps_.Find({"", "a/b", "c", "d"}));
}

TEST_F(AppsTest, TheSameKeyIdTwiceIsRefused) {
  ASSERT_TRUE(apps_.Create(kPath, "ios", "key", "hash", kCreated));
  AppPath other = kPath;
  other.name = "Other";
  EXPECT_EQ(apps_.Create(other, "ios", "key", "hash", kCreated).error().code, ErrorCode::kConflict);
}

TEST_F(AppsTest, BadNamesAndPlatformsAreRefused) {
  AppPath path = kPath;
  path.name = "a/b";
  EXPECT_EQ(apps_.Create(path, "ios", "key", "hash", kCreated).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(apps_.Create(kPath, "symbian", "key", "hash", kCreated).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(AppsTest, AnAppIsFoundByTheExactKeyIdWithItsHash) {
  const auto created = apps_.Create(kPath, "ios", "key", "hash", kCreated);
  const auto found = apps_.FindByKeyId("key");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->app.id, created->id);
  EXPECT_EQ((*found)->key_hash, "hash");
  EXPECT_FALSE(*apps_.FindByKeyId("KEY"));
  EXPECT_FALSE(*apps_.FindByKeyId(""));
  EXPECT_FALSE(*apps_.FindByKeyId("' OR '1'='1"));
}

TEST_F(AppsTest, AListHasTheAppsOfOneSubscriptionInAnyCaseOldestFirst) {
  for (const std::string name : {"c", "a", "b"}) {
    ASSERT_TRUE(apps_.Create({"sub", "group", "collection", name}, "ios", name, "hash", kCreated));
  }
  ASSERT_TRUE(apps_.Create({"sub2", "group", "collection", "a"}, "ios", "key", "hash", kCreated));
  const auto listed = apps_.List("SUB");
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 3u);
  EXPECT_EQ((*listed)[0].path.name, "c");
  EXPECT_EQ((*listed)[1].path.name, "a");
  EXPECT_EQ((*listed)[2].path.name, "b");
  EXPECT_TRUE(apps_.List("none")->empty());
}

TEST_F(AppsTest, AnotherConnectionSeesWhatWasCreated) {
  auto other = OpenSqliteCatalog(catalog_.directory().file(), OldSchema::kMigrate);
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->apps().Create(kPath, "ios", "key", "hash", kCreated));
  EXPECT_TRUE(*apps_.Find(kPath));
}

}  // namespace
}  // namespace rawhaul
