#include "identity/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "catalog/catalog_testing.h"
#include "identity/collect_keys.h"
#include "identity/secret_hash.h"

namespace rawhaul {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class RegistrationTest : public ::testing::Test {
 protected:
  Result<NewClient> Create(std::string_view tenant, std::string_view name = "job",
                           std::string_view scope = "/subscriptions/S") {
    return CreateClient(catalog_->clients(), tenant, name, Role::kOwner, scope, FromMillis(1));
  }

  TemporaryCatalog catalog_;
};

TEST_F(RegistrationTest, AClientIsStoredWithTheHashOfItsSecret) {
  const auto created = Create("Tenant-1.x_y");
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_THAT(created->client.id,
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_THAT(created->secret.Reveal(), MatchesRegex("rhs_[A-Za-z0-9_-]{43}"));
  const auto found = catalog_->clients().Find("Tenant-1.x_y", created->client.id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->client.name, "job");
  EXPECT_EQ((*found)->client.role, Role::kOwner);
  EXPECT_EQ((*found)->client.scope, "/subscriptions/S");
  EXPECT_TRUE(VerifySecret(created->secret.Reveal(), (*found)->secret_hash));
}

TEST_F(RegistrationTest, ClientsOfOneNameHaveIdsAndSecretsOfTheirOwn) {
  const auto a = Create("t");
  const auto b = Create("t");
  EXPECT_NE(a->client.id, b->client.id);
  EXPECT_NE(a->secret.Reveal(), b->secret.Reveal());
}

TEST_F(RegistrationTest, BadTenantsAreRefused) {
  const std::string too_long(65, 'a');
  for (const std::string_view tenant :
       {"", "a b", "a/b", "ä", ".", "..", "a%41", std::string_view(too_long).data()}) {
    const auto refused = Create(tenant);
    ASSERT_FALSE(refused) << tenant;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr("the tenant"));
  }
  EXPECT_TRUE(Create(too_long.substr(1)));
}

TEST_F(RegistrationTest, BadNamesAndScopesAreRefused) {
  EXPECT_EQ(Create("t", "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Create("t", std::string(65, 'a')).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Create("t", "job", "/").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RegistrationTest, AnAppIsStoredWithItsKey) {
  const AppPath path{"sub", "group", "collection", "app"};
  const auto created = CreateApp(catalog_->apps(), path, "Android", FromMillis(1));
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(created->app.platform, "android");
  const ManualClock clock;
  CollectKeyVerifier verifier(catalog_->apps(), clock);
  EXPECT_EQ(verifier.Verify("Bearer " + created->collect_key.Reveal(), ""), created->app.id);
}

TEST_F(RegistrationTest, AnAppIsRefusedAsTheCatalogRefusesIt) {
  const AppPath path{"sub", "group", "collection", "app"};
  EXPECT_EQ(CreateApp(catalog_->apps(), path, "symbian", FromMillis(1)).error().code,
            ErrorCode::kInvalidArgument);
  ASSERT_TRUE(CreateApp(catalog_->apps(), path, "ios", FromMillis(1)));
  EXPECT_EQ(CreateApp(catalog_->apps(), path, "ios", FromMillis(1)).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace rawhaul
