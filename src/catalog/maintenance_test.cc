#include "catalog/maintenance.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <fstream>

#include "catalog/catalog_testing.h"
#include "catalog/database.h"
#include "model/campaign_content.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CatalogMaintenanceTest : public ::testing::Test {
 protected:
  CatalogMaintenanceTest() {
    const auto app =
        catalog_->apps().Create({"sub", "group", "collection", "app"}, "ios", "id", "hash", FromMillis(1));
    request_.app = app->id;
  }

  fs::path file() const { return catalog_.directory().file(); }
  uint64_t CreateTask(uint64_t cut_off, std::string_view url) {
    return catalog_->tasks().Create(request_, cut_off, url, FromMillis(1)).value();
  }
  void Execute(const std::string& statement) {
    soci::session sql(soci::sqlite3, file().string());
    sql << statement;
  }
  CatalogCheck Check() { return CheckSqliteCatalog(file()).value(); }

  TemporaryCatalog catalog_;
  ExportRequest request_;
};

TEST_F(CatalogMaintenanceTest, ACopyHoldsWhatIsCommittedWhileTheCatalogIsInUse) {
  CreateTask(7, "sealed");
  const fs::path copy = catalog_.directory().path() / "copy.sqlite";
  const Status copied = CopySqliteCatalog(file(), copy);
  ASSERT_TRUE(copied) << copied.error().message;
  CreateTask(8, "later");
  const auto opened = OpenSqliteCatalog(copy, OldSchema::kMigrate);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)->tasks().ListUnfinished()->size(), 1u);
  EXPECT_EQ(*(*opened)->tasks().SealedUrl(1), "sealed");
}

// Of a server that works by the old schema.
TEST_F(CatalogMaintenanceTest, ACopyLeavesAnOldSchemaAsItIs) {
  const auto before = SqliteMigrations().first(SqliteMigrations().size() - 1);
  const TemporaryCatalogDirectory directory;
  const auto server = Database::OpenSqlite(directory.file()).value();
  ASSERT_TRUE(server->Migrate(before));
  const fs::path copy = directory.path() / "copy.sqlite";
  ASSERT_TRUE(CopySqliteCatalog(directory.file(), copy));
  EXPECT_TRUE(server->CheckSchema(before));
  EXPECT_TRUE(Database::OpenSqlite(copy).value()->CheckSchema(before));
}

TEST_F(CatalogMaintenanceTest, ACopyReplacesNothing) {
  const fs::path copy = catalog_.directory().path() / "copy.sqlite";
  std::ofstream(copy) << "something else";
  EXPECT_FALSE(CopySqliteCatalog(file(), copy));
}

TEST_F(CatalogMaintenanceTest, ACheckTellsTheTasksAndChangesNothing) {
  CreateTask(7, "sealed");
  const uint64_t ended = CreateTask(9, "wiped");
  ASSERT_TRUE(catalog_->tasks().MarkFailed(ended, FromMillis(2), "gone"));
  const auto files = [this] {
    std::vector<std::pair<fs::path, fs::file_time_type>> out;
    for (const auto& entry : fs::directory_iterator(file().parent_path()))
      out.emplace_back(entry.path(), entry.last_write_time());
    std::sort(out.begin(), out.end());
    return out;
  };
  const auto before = files();
  const CatalogCheck check = Check();
  EXPECT_THAT(check.findings, IsEmpty());
  ASSERT_EQ(check.tasks.size(), 2u);
  EXPECT_EQ(check.tasks[0].cut_off, 7u);
  EXPECT_EQ(check.tasks[0].sealed_url, "sealed");
  EXPECT_EQ(check.tasks[1].sealed_url, std::nullopt);
  EXPECT_EQ(files(), before);
}

TEST_F(CatalogMaintenanceTest, ATaskThatCannotBeReadIsAFinding) {
  CreateTask(7, "sealed");
  Execute("UPDATE export_tasks SET request = '{'");
  EXPECT_THAT(Check().findings, ElementsAre(HasSubstr("the export task 1: ")));
}

TEST_F(CatalogMaintenanceTest, ACampaignThatCannotBeReadIsAFinding) {
  CreateTask(7, "sealed");  // of the app 1
  for (const std::string_view name : {"good", "damaged", "of no kind"}) {
    const auto content = ParseCampaignContent(fmt::format(R"({{"name":"{}"}})", name), CampaignType::kPoll);
    ASSERT_TRUE(catalog_->campaigns().Create(1, CampaignType::kPoll, *content));
  }
  Execute("UPDATE campaigns SET content = '{' WHERE id = 2");
  Execute("UPDATE campaigns SET kind = 9 WHERE id = 3");
  EXPECT_THAT(Check().findings,
              ElementsAre(HasSubstr("the campaign 2: the stored content of a campaign is damaged"),
                          "the campaign 3: its kind is not known"));
}

TEST_F(CatalogMaintenanceTest, ATaskOfNoAppIsAFinding) {
  CreateTask(7, "sealed");
  Execute("DELETE FROM apps");
  EXPECT_THAT(Check().findings, ElementsAre("the catalog: export_tasks 1 refers to no apps"));
}

TEST_F(CatalogMaintenanceTest, DamagedPagesAreAFinding) {
  CreateTask(7, "sealed");
  const fs::path copy = catalog_.directory().path() / "copy.sqlite";
  ASSERT_TRUE(CopySqliteCatalog(file(), copy));
  {
    std::fstream pages(copy, std::ios::in | std::ios::out | std::ios::binary);
    pages.seekp(5 * 4096);
    pages << std::string(4096, '\x07');
  }
  const auto check = CheckSqliteCatalog(copy);
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_THAT(check->findings, ElementsAre(HasSubstr("damaged")));
}

}  // namespace
}  // namespace rawhaul
