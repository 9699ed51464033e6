#include "app/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "catalog/database.h"
#include "store/stores.h"

namespace rawhaul {
namespace {

using testing::HasSubstr;

class DataDirectoryTest : public testing::Test {
 protected:
  // As a program made it that did not know the last migration yet.
  void MakeOld() const {
    const auto catalog = Database::OpenSqlite(data_.catalog()).value();
    ASSERT_TRUE(catalog->Migrate(before_));
  }
  bool IsOld() const {
    return Database::OpenSqlite(data_.catalog()).value()->CheckSchema(before_).has_value();
  }
  // As a server does.
  std::unique_ptr<EmbeddedStores> OpenStores() const {
    return OpenEmbeddedStores(data_.store(), {}, clock_).value();
  }

  const std::span<const Migration> before_ = SqliteMigrations().first(SqliteMigrations().size() - 1);
  const TempDirectory directory_;
  const DataDirectory data_{directory_.path()};
  const SystemClock clock_;
};

TEST_F(DataDirectoryTest, IsMadeOnceAndOpenedAlsoWhileAServerHasItOpen) {
  ASSERT_TRUE(data_.Init());
  const auto stores = OpenStores();
  EXPECT_TRUE(data_.OpenCatalog());
  EXPECT_TRUE(data_.Init()) << "it is safe to repeat";
}

TEST_F(DataDirectoryTest, TheCatalogOfAnOlderProgramIsMigratedWhenNobodyHasTheDataOpen) {
  MakeOld();
  EXPECT_TRUE(data_.OpenCatalog());
  EXPECT_FALSE(IsOld());
  EXPECT_NE(OpenStores(), nullptr) << "the lock was given back";
}

// Its server would go on by the old schema, and fail.
TEST_F(DataDirectoryTest, TheCatalogOfAnOlderServerThatRunsStaysAsItIs) {
  MakeOld();
  {
    const auto stores = OpenStores();
    const auto refused = data_.OpenCatalog();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_THAT(refused.error().message, HasSubstr("of an older rawhaul"));
    EXPECT_THAT(refused.error().message, HasSubstr("stop that server first"));
    EXPECT_FALSE(data_.Init());
    EXPECT_TRUE(IsOld());
  }
  EXPECT_TRUE(data_.OpenCatalog());
  EXPECT_FALSE(IsOld());
}

}  // namespace
}  // namespace rawhaul
