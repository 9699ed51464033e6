#include "catalog/database.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "catalog/catalog_testing.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const AppPath kPath{"sub", "group", "collection", "app"};

class DatabaseTest : public ::testing::Test {
 protected:
  Error OpenError() {
    auto opened = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
    return opened ? Error{ErrorCode::kInternal, "it was opened"} : opened.error();
  }
  // With the schema that `migrations` lead to.
  Result<std::unique_ptr<Database>> OpenAt(std::span<const Migration> migrations) {
    RAWHAUL_ASSIGN(auto database, Database::OpenSqlite(directory_.file()));
    RAWHAUL_TRY(database->Migrate(migrations));
    return database;
  }
  void Write(std::string_view bytes) { std::ofstream(directory_.file(), std::ios::binary) << bytes; }

  TemporaryCatalogDirectory directory_;
};

TEST_F(DatabaseTest, WhatWasStoredIsThereAfterOpeningAgain) {
  {
    auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
    ASSERT_TRUE(catalog) << catalog.error().message;
    ASSERT_TRUE((*catalog)->apps().Create(kPath, "ios", "id", "hash", FromMillis(1)));
  }
  auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_TRUE((*catalog)->apps().Find(kPath).value());
}

TEST_F(DatabaseTest, ACatalogOfTheFirstSchemaIsMigratedAndKeepsWhatItHolds) {
  ASSERT_GE(SqliteMigrations().size(), 2u);
  {
    auto old = OpenAt(SqliteMigrations().first(1));
    ASSERT_TRUE(old) << old.error().message;
  }
  {
    auto old = OpenAt(SqliteMigrations().first(1));
    ASSERT_TRUE(old) << old.error().message;
  }
  auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
  ASSERT_TRUE(catalog) << catalog.error().message;
  const auto app = (*catalog)->apps().Create(kPath, "ios", "id", "hash", FromMillis(1));
  ASSERT_TRUE(app);
  ExportRequest request;
  request.app = app->id;
  EXPECT_TRUE((*catalog)->tasks().Create(request, 1, "url", FromMillis(1)));
}

// A server of the program that made it may be at work on it.
TEST_F(DatabaseTest, AnOldSchemaIsRefusedAsItIsUnlessItIsToBeMigrated) {
  const auto before = SqliteMigrations().first(SqliteMigrations().size() - 1);
  const auto server = OpenAt(before).value();
  const auto refused = OpenSqliteCatalog(directory_.file(), OldSchema::kRefuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(refused.error().reason, kOldSchema);
  EXPECT_TRUE(server->CheckSchema(before)) << "nothing was changed";
  EXPECT_TRUE(OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate));
  EXPECT_TRUE(OpenSqliteCatalog(directory_.file(), OldSchema::kRefuse)) << "it is old no more";
}

// What was staged without receipts cannot be committed, so its task stages all of it anew: under other names
// where it may have committed files already, since it cannot replace them.
TEST_F(DatabaseTest, ATaskThatAnEarlierVersionStagedStartsOver) {
  constexpr size_t kBeforeReceipts = 7;
  {
    auto old = OpenAt(SqliteMigrations().first(kBeforeReceipts));
    ASSERT_TRUE(old) << old.error().message;
    (*old)->Run([](soci::session& sql) -> Status {
      sql << "INSERT INTO apps VALUES (1, 's', 'g', 'c', 'a', 's', 'p', 'ios', 'id', 'hash', 1)";
      sql << "INSERT INTO export_tasks (id, app_id, request, cut_off, sealed_url, state, created, all_staged)"
             " VALUES (7, 1, '{}', 1, 'dXJs', 'Started', 1, 1), (8, 1, '{}', 1, 'dXJs', 'Started', 1, 0)";
      for (const int task : {7, 8}) {
        sql << "INSERT INTO staged_files VALUES (:task, 0, '{\"blob\":\"a\",\"blocks\":3,\"file\":{}}')",
            soci::use(task);
      }
      return {};
    });
  }
  auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
  ASSERT_TRUE(catalog) << catalog.error().message;
  for (const auto& [task, restarts] : {std::pair(7u, 1u), std::pair(8u, 0u)}) {
    const auto checkpoint = (*catalog)->tasks().LoadCheckpoint(task);
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    EXPECT_TRUE(checkpoint->files.empty());
    EXPECT_FALSE(checkpoint->manifest);
    EXPECT_EQ(checkpoint->restarts, restarts);
    EXPECT_EQ(*(*catalog)->tasks().SealedUrl(task), "url");
  }
}

TEST_F(DatabaseTest, ANewerSchemaIsRefusedWithBothVersions) {
  std::vector<Migration> migrations(SqliteMigrations().begin(), SqliteMigrations().end());
  migrations.push_back({"CREATE TABLE of_the_future (id BIGINT)"});
  ASSERT_TRUE(OpenAt(migrations));
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  const size_t known = SqliteMigrations().size();
  EXPECT_THAT(error.message,
              HasSubstr(fmt::format("the catalog has schema {}, this program knows schemas up to {}",
                                    known + 1, known)));
}

TEST_F(DatabaseTest, AMigrationThatFailsLeavesTheSchemaAsItWas) {
  std::vector<Migration> migrations(SqliteMigrations().begin(), SqliteMigrations().end());
  migrations.push_back({"CREATE TABLE half_done (id BIGINT)", "CREATE nonsense"});
  EXPECT_EQ(OpenAt(migrations).error().code, ErrorCode::kInternal);
  migrations.back() = {"CREATE TABLE half_done (id BIGINT)"};
  EXPECT_TRUE(OpenAt(migrations));
}

TEST_F(DatabaseTest, ThreadsThatOpenANewCatalogAtOnceAllSucceed) {
  constexpr int kThreads = 8;
  std::latch start(kThreads);
  std::vector<std::string> errors(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
        if (!catalog) errors[static_cast<size_t>(i)] = catalog.error().message;
      });
    }
  }
  EXPECT_THAT(errors, ::testing::Each(""));
}

TEST_F(DatabaseTest, ProcessesThatOpenANewCatalogAtOnceAllSucceed) {
  int start[2];
  ASSERT_EQ(::pipe(start), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(start[1]);
      char byte;
      [[maybe_unused]] const ssize_t end = ::read(start[0], &byte, 1);  // returns when the parent closes
      const auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
      const AppPath path{"sub", "group", "collection", std::to_string(i)};
      const std::string key_id = std::to_string(i);
      ::_exit(catalog && (*catalog)->apps().Create(path, "ios", key_id, "hash", FromMillis(1)) ? 0 : 1);
    }
    children.push_back(child);
  }
  ::close(start[0]);
  ::close(start[1]);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ((*OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate))->apps().List("sub")->size(),
            children.size());
}

TEST_F(DatabaseTest, OnlyTheOwnerCanReadTheFiles) {
  const auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
  ASSERT_TRUE(catalog);
  ASSERT_TRUE((*catalog)->apps().Create(kPath, "ios", "id", "hash", FromMillis(1)));
  for (const auto& entry : fs::directory_iterator(directory_.path())) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << entry.path();
  }
}

TEST_F(DatabaseTest, AFileThatIsNoDatabaseIsDataLossAndNamed) {
  Write(std::string(4096, 'x'));
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kDataLoss);
  EXPECT_THAT(error.message, HasSubstr(directory_.file().string()));
  EXPECT_THAT(error.message, HasSubstr("damaged: restore"));
}

TEST_F(DatabaseTest, ADamagedDatabaseIsDataLossAndNamed) {
  ASSERT_TRUE(OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate));
  const auto size = fs::file_size(directory_.file());
  std::fstream file(directory_.file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);  // behind the header: the schema
  file << std::string(size - 100, '\x5a');
  file.close();
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kDataLoss);
  EXPECT_THAT(error.message, HasSubstr(directory_.file().string()));
}

TEST_F(DatabaseTest, AMissingDirectoryIsNamedWithTheReason) {
  const auto opened = OpenSqliteCatalog(directory_.path() / "missing" / "catalog.db", OldSchema::kMigrate);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kInternal);
  EXPECT_THAT(opened.error().message, HasSubstr((directory_.path() / "missing").string()));
  EXPECT_THAT(opened.error().message, HasSubstr("No such file or directory"));
}

TEST_F(DatabaseTest, AnUnwritableDirectoryIsNamedWithTheReason) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::permissions(directory_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const Error error = OpenError();
  fs::permissions(directory_.path(), fs::perms::owner_all);
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_THAT(error.message, HasSubstr("Permission denied"));
}

TEST_F(DatabaseTest, ADirectoryInThePlaceOfTheFileIsRefused) {
  fs::create_directory(directory_.file());
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_THAT(error.message, HasSubstr("it is a directory"));
}

TEST_F(DatabaseTest, APathWithSpacesIsTakenAsItIs) {
  const fs::path odd = directory_.path() / "a  b=c timeout=1";
  fs::create_directory(odd);
  ASSERT_TRUE(OpenSqliteCatalog(odd / "catalog.db", OldSchema::kMigrate));
  EXPECT_TRUE(fs::exists(odd / "catalog.db"));
}

TEST_F(DatabaseTest, APathWithAQuoteIsRefused) {
  const fs::path odd = directory_.path() / "a\"b.db";
  EXPECT_THAT(OpenSqliteCatalog(odd, OldSchema::kMigrate).error().message, HasSubstr("must not hold a '\"'"));
}

// Errors of the catalog become the errorDetails of tasks.
TEST_F(DatabaseTest, AnErrorOfSqlTellsNeitherThePathNorTheSql) {
  const auto database = Database::OpenSqlite(directory_.file());
  ASSERT_TRUE(database);
  ASSERT_TRUE((*database)->Migrate(SqliteMigrations()));
  for (const char* statement : {"SELECT no_such_column FROM apps", "INSERT INTO clients (id) VALUES ('a')"}) {
    const Status failed = (*database)->Run([&](soci::session& sql) -> Status {
      sql << statement;
      return {};
    });
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("the server's catalog"));
    for (const char* inner : {"no_such_column", "clients", "sqlite", "/"})
      EXPECT_THAT(failed.error().message, testing::Not(HasSubstr(inner))) << statement;
  }
}

TEST_F(DatabaseTest, CheckWritableTellsWhetherTheDatabaseAnswers) {
  auto catalog = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
  ASSERT_TRUE(catalog);
  EXPECT_TRUE((*catalog)->CheckWritable());

  // Another connection puts something in the table's place that fails when it is read.
  std::vector<Migration> migrations(SqliteMigrations().begin(), SqliteMigrations().end());
  migrations.push_back({"ALTER TABLE schema_version RENAME TO gone",
                        "CREATE VIEW schema_version AS SELECT json('{') AS version",
                        "CREATE TRIGGER ignore INSTEAD OF INSERT ON schema_version BEGIN SELECT 1; END"});
  EXPECT_FALSE(OpenAt(migrations));
  EXPECT_EQ((*catalog)->CheckWritable().error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace rawhaul
