#include <gtest/gtest.h>

#include "catalog/catalog_testing.h"

namespace rawhaul {
namespace {

const Client kClient{.id = "4c370c40-117d-4993-aeeb-7d507cbb75a4",
                     .tenant = "Contoso.example",
                     .name = "nightly job",
                     .role = Role::kContributor,
                     .scope = "/subscriptions/S"};

class ClientsTest : public ::testing::Test {
 protected:
  TemporaryCatalog catalog_;
  ClientCatalog& clients_ = catalog_->clients();
};

TEST_F(ClientsTest, AClientIsFoundAsItWasCreated) {
  ASSERT_TRUE(clients_.Create(kClient, "hash", FromMillis(1)));
  const auto found = clients_.Find(kClient.tenant, kClient.id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->client.id, kClient.id);
  EXPECT_EQ((*found)->client.tenant, kClient.tenant);
  EXPECT_EQ((*found)->client.name, kClient.name);
  EXPECT_EQ((*found)->client.role, kClient.role);
  EXPECT_EQ((*found)->client.scope, kClient.scope);
  EXPECT_EQ((*found)->secret_hash, "hash");
}

TEST_F(ClientsTest, TenantAndIdAreComparedWithoutRegardToCase) {
  ASSERT_TRUE(clients_.Create(kClient, "hash", FromMillis(1)));
  EXPECT_TRUE(*clients_.Find("CONTOSO.EXAMPLE", "4C370C40-117D-4993-AEEB-7D507CBB75A4"));
}

TEST_F(ClientsTest, AClientIsFoundInItsOwnTenantOnly) {
  ASSERT_TRUE(clients_.Create(kClient, "hash", FromMillis(1)));
  EXPECT_FALSE(*clients_.Find("other", kClient.id));
  EXPECT_FALSE(*clients_.Find("", kClient.id));
  EXPECT_FALSE(*clients_.Find(kClient.tenant, "4c370c40-117d-4993-aeeb-7d507cbb75a5"));
}

TEST_F(ClientsTest, TheHashOfASecretIsReplacedWhereItIsWhatItWas) {
  ASSERT_TRUE(clients_.Create(kClient, "hash", FromMillis(1)));
  const auto hash = [&] { return (*clients_.Find(kClient.tenant, kClient.id))->secret_hash; };
  EXPECT_TRUE(clients_.ReplaceSecretHash(kClient.id, "another", "new"));
  EXPECT_EQ(hash(), "hash");
  EXPECT_TRUE(clients_.ReplaceSecretHash("4C370C40-117D-4993-AEEB-7D507CBB75A4", "hash", "new"));
  EXPECT_EQ(hash(), "new");
}

TEST_F(ClientsTest, TheSameIdTwiceIsAConflict) {
  ASSERT_TRUE(clients_.Create(kClient, "hash", FromMillis(1)));
  Client other = kClient;
  other.tenant = "other";
  EXPECT_EQ(clients_.Create(other, "other hash", FromMillis(1)).error().code, ErrorCode::kConflict);
  EXPECT_EQ((*clients_.Find(kClient.tenant, kClient.id))->secret_hash, "hash");
}

TEST_F(ClientsTest, EveryRoleIsKept) {
  for (const Role role : {Role::kReader, Role::kContributor, Role::kOwner}) {
    Client client = kClient;
    client.id = ToString(role);
    client.role = role;
    ASSERT_TRUE(clients_.Create(client, "hash", FromMillis(1)));
    EXPECT_EQ((*clients_.Find(client.tenant, client.id))->client.role, role);
  }
}

}  // namespace
}  // namespace rawhaul
