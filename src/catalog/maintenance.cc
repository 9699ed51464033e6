#include "catalog/maintenance.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include "base/files.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "catalog/database.h"
#include "catalog/migrations.h"
#include "catalog/sqlite_catalog.h"
#include "catalog/transaction.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCopy = "catalog.sqlite";

// A directory with a copy of the catalog. SQLite's journal belongs to it: what was committed last may stand
// there alone.
Result<ScopedDirectory> MakeCopy(const fs::path& file) {
  std::error_code error;
  RAWHAUL_ASSIGN(auto directory,
                 ScopedDirectory::Make(fs::temp_directory_path(error) / ("rawhaul-check-" + RandomToken(9))));
  const fs::path copy = directory.path() / kCopy;
  RAWHAUL_TRY(CopyToNewFile(file, copy));
  const fs::path journal = file.string() + "-wal";
  if (fs::exists(journal, error)) RAWHAUL_TRY(CopyToNewFile(journal, copy.string() + "-wal"));
  return directory;
}

// What nobody else has open.
Result<std::unique_ptr<Database>> OpenMigrated(const fs::path& file) {
  RAWHAUL_ASSIGN(auto database, Database::OpenSqlite(file));
  RAWHAUL_TRY(database->Migrate(SqliteMigrations()));
  return database;
}

using Findings = std::vector<std::string>;

// What is wrong inside of the file, as SQLite finds it: pages, indexes, and rows that refer to none.
void CheckStructure(soci::session& sql, Findings& findings) {
  const soci::rowset<std::string> integrity = (sql.prepare << "PRAGMA integrity_check");
  for (const std::string& line : integrity) {
    if (line != "ok") findings.push_back("the catalog: " + line);
  }
  const soci::rowset<std::string> orphans =
      (sql.prepare
       << "SELECT \"table\" || ' ' || rowid || ' refers to no ' || parent FROM pragma_foreign_key_check");
  for (const std::string& line : orphans) findings.push_back("the catalog: " + line);
}

// Ids of the tasks with their apps.
std::vector<std::pair<uint64_t, uint32_t>> TaskIds(soci::session& sql) {
  std::vector<std::pair<uint64_t, uint32_t>> ids;
  const soci::rowset<soci::row> rows = (sql.prepare << "SELECT CAST(id AS TEXT) AS id, CAST(app_id AS TEXT) "
                                                       "AS app FROM export_tasks ORDER BY export_tasks.id");
  for (const soci::row& row : rows) {
    ids.emplace_back(std::stoull(row.get<std::string>(0)),
                     static_cast<uint32_t>(std::stoul(row.get<std::string>(1))));
  }
  return ids;
}

// Reads a task as the server would.
Result<CatalogCheck::Task> ReadTask(TaskCatalog& tasks, uint32_t app, uint64_t id) {
  RAWHAUL_ASSIGN(const auto task, tasks.Find(app, id));
  if (!task)
    return Fail(ErrorCode::kDataLoss, fmt::format("the export task {} cannot be found by its id", id));
  CatalogCheck::Task out{.id = id, .cut_off = task->cut_off, .sealed_url = std::nullopt};
  if (!task->completed) {
    RAWHAUL_ASSIGN(out.sealed_url, tasks.SealedUrl(id));
  }
  return out;
}

std::vector<CampaignKey> CampaignKeys(soci::session& sql) {
  std::vector<CampaignKey> keys;
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT CAST(app_id AS TEXT), CAST(kind AS TEXT), CAST(id AS TEXT) FROM campaigns"
                      " ORDER BY campaigns.id");
  for (const soci::row& row : rows) {
    keys.push_back({static_cast<uint32_t>(std::stoul(row.get<std::string>(0))),
                    static_cast<CampaignType>(std::stoul(row.get<std::string>(1))),
                    std::stoull(row.get<std::string>(2))});
  }
  return keys;
}

void CheckCampaigns(CampaignCatalog& campaigns, const std::vector<CampaignKey>& keys, Findings& findings) {
  for (const CampaignKey& key : keys) {
    if (const auto campaign = campaigns.Find(key); !campaign) findings.push_back(campaign.error().message);
  }
}

Result<CatalogCheck> Check(Database& database) {
  CatalogCheck check;
  std::vector<std::pair<uint64_t, uint32_t>> ids;
  std::vector<CampaignKey> campaigns;
  const Status read = database.Run([&](soci::session& sql) -> Status {
    CheckStructure(sql, check.findings);
    ids = TaskIds(sql);
    campaigns = CampaignKeys(sql);
    return {};
  });
  RAWHAUL_TRY(read);
  const auto tasks = MakeTaskCatalog(database);
  for (const auto& [id, app] : ids) {
    auto task = ReadTask(*tasks, app, id);
    if (task) {
      check.tasks.push_back(*std::move(task));
    } else {
      check.findings.push_back(fmt::format("the export task {}: {}", id, task.error().message));
    }
  }
  CheckCampaigns(*MakeCampaignCatalog(database), campaigns, check.findings);
  return check;
}

// AUTOINCREMENT marks what is numbered, whatever tables there come to be.
std::vector<std::string> NumberedTables(soci::session& sql) {
  const soci::rowset<std::string> names =
      (sql.prepare << "SELECT name FROM sqlite_master WHERE type = 'table'"
                      " AND sql LIKE '%AUTOINCREMENT%'");
  return {names.begin(), names.end()};
}

Status SkipIdsOf(soci::session& sql, const std::string& table, const NextIds& next) {
  std::string greatest;
  sql << "SELECT CAST(COALESCE(MAX(seq), 0) AS TEXT) FROM sqlite_sequence WHERE name = :table",
      soci::use(table), soci::into(greatest);
  RAWHAUL_ASSIGN(const uint64_t skipped, next(std::stoull(greatest)));
  sql << "DELETE FROM sqlite_sequence WHERE name = :table", soci::use(table);
  const auto stored = static_cast<long long>(skipped);
  sql << "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :seq)", soci::use(table), soci::use(stored);
  return {};
}

}  // namespace

// With the schema that it has: an older server may be at work on it.
Status CopySqliteCatalog(const fs::path& file, const fs::path& copy) {
  RAWHAUL_ASSIGN(const auto database, Database::OpenSqlite(file));
  const std::string target = copy.string();
  return database->Run([&](soci::session& sql) -> Status {
    sql << "VACUUM INTO :target", soci::use(target);
    return {};
  });
}

Status SkipIds(const fs::path& file, const NextIds& apps, const NextIds& others) {
  RAWHAUL_ASSIGN(const auto database, OpenMigrated(file));
  return database->Run([&](soci::session& sql) -> Status {
    WriteTransaction transaction(sql);
    for (const std::string& table : NumberedTables(sql))
      RAWHAUL_TRY(SkipIdsOf(sql, table, table == "apps" ? apps : others));
    transaction.Commit();
    return {};
  });
}

Result<CatalogCheck> CheckSqliteCatalog(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size == 0)
    return CatalogCheck{{fmt::format("the catalog {} is gone or empty", file.string())}, {}};
  RAWHAUL_ASSIGN(const ScopedDirectory copy, MakeCopy(file));
  const auto database = OpenMigrated(copy.path() / kCopy);
  auto check = database ? Check(**database) : Result<CatalogCheck>(Fail(database.error()));
  if (check) return check;
  return CatalogCheck{{fmt::format("{}: {}", file.string(), check.error().message)}, {}};
}

}  // namespace rawhaul
