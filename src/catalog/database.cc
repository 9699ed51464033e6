#include "catalog/database.h"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "base/logging.h"
#include "catalog/catalog.h"
#include "catalog/transaction.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr int kBusySeconds = 10;
constexpr std::string_view kDamaged = "; it is damaged: restore the data from a backup (rawhaul restore)";

// What SQLite would report as "unable to open database file", said with the reason.
Status CheckPlace(const fs::path& file) {
  const auto fail = [&](std::string_view why) {
    return Fail(ErrorCode::kInternal, fmt::format("cannot open the catalog {}: {}", file.string(), why));
  };
  const fs::path directory = file.parent_path();
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return fail(fmt::format("the directory {}: {}", directory.string(), std::strerror(errno)));
  }
  if (fs::is_directory(file)) return fail("it is a directory");
  if (fs::exists(file) && ::access(file.c_str(), R_OK | W_OK) != 0) return fail(std::strerror(errno));
  if (file.string().find('"') != std::string::npos) return fail("the path must not hold a '\"'");
  return {};
}

// What the system said last to SQLite, which itself has but few words ("disk I/O error"); 0: nothing.
int SystemErrorOf(soci::session& sql) {
  const auto* backend = static_cast<soci::sqlite3_session_backend*>(sql.get_backend());
  return backend == nullptr ? 0 : sqlite3_system_errno(backend->conn_);
}

Error DiskErrorOf(int system_error, const std::string& message) {
  return {ErrorCode::kUnavailable,
          system_error == 0 ? message : fmt::format("{}: {}", message, std::strerror(system_error)),
          system_error == ENOSPC || system_error == EDQUOT ? "DiskFull" : "DiskError"};
}

// Whoever called the API may be told of it, so it has no path and no SQL: those are in the log.
Error InternalError(const fs::path& file, std::string_view what) {
  log::Error("the catalog {}: {}", file.string(), what);
  return {ErrorCode::kInternal, "the server's catalog failed; the server's log says why"};
}

Error SqliteError(const fs::path& file, const soci::sqlite3_soci_error& error, int system_error) {
  // get_error_message(), not what(): that one quotes the values of the statement.
  const std::string message = "the catalog: " + error.get_error_message();
  switch (error.result() & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::kDataLoss, message + std::string(kDamaged), "CatalogDamaged"};
    case SQLITE_FULL:
      return DiskErrorOf(ENOSPC, message);
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return DiskErrorOf(system_error, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, fmt::format("{} for {} s by another process", message, kBusySeconds)};
    case SQLITE_CONSTRAINT:
      log::Error("the catalog {}: {}", file.string(), error.get_error_message());
      return {ErrorCode::kConflict, "the server's catalog holds something that this contradicts"};
    default:
      return InternalError(file, error.get_error_message());
  }
}

bool IsBusy(const soci::sqlite3_soci_error& error) { return (error.result() & 0xff) == SQLITE_BUSY; }

// SQLite does not wait for other openers when it turns a new file to WAL, whatever the busy timeout says.
void SwitchToWal(soci::session& sql) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kBusySeconds);
  while (true) {
    try {
      std::string mode;
      sql << "PRAGMA journal_mode = WAL", soci::into(mode);
      return;
    } catch (const soci::sqlite3_soci_error& error) {
      if (!IsBusy(error) || std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void Connect(soci::session& sql, const fs::path& file) {
  const bool is_new = !fs::exists(file);
  sql.open(soci::sqlite3, fmt::format("dbname=\"{}\" timeout={}", file.string(), kBusySeconds));
  // Before anything is in it. SQLite gives its other files the mode of this one.
  if (is_new) fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  SwitchToWal(sql);
  sql << "PRAGMA synchronous = FULL";
  sql << "PRAGMA foreign_keys = ON";
  // What is wiped (container URLs) is overwritten, not only unlinked.
  int secure = 0;
  sql << "PRAGMA secure_delete = ON", soci::into(secure);
}

// What is damaged is told now and not when it is needed. The catalog is small: this takes milliseconds.
Status CheckPages(soci::session& sql) {
  std::string finding;
  sql << "PRAGMA quick_check(1)", soci::into(finding);
  if (finding == "ok") return {};
  return Fail(ErrorCode::kDataLoss, fmt::format("the catalog: {}{}", finding, kDamaged), "CatalogDamaged");
}

// How many of `migrations` were applied.
Result<size_t> SchemaOf(soci::session& sql, std::span<const Migration> migrations) {
  int has_table = 0;
  sql << "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'", soci::into(has_table);
  if (has_table == 0) return size_t{0};
  long long version = 0;
  sql << "SELECT COALESCE(MAX(version), 0) FROM schema_version", soci::into(version);
  const auto applied = static_cast<size_t>(version);
  if (applied <= migrations.size()) return applied;
  return Fail(
      ErrorCode::kConflict,
      fmt::format("the catalog has schema {}, this program knows schemas up to {}: use a newer rawhaul",
                  applied, migrations.size()));
}

// Applies the next migration; false when there was none to apply.
Result<bool> MigrateOnce(soci::session& sql, std::span<const Migration> migrations) {
  WriteTransaction transaction(sql);
  RAWHAUL_ASSIGN(const size_t applied, SchemaOf(sql, migrations));
  if (applied == migrations.size()) return false;
  sql << "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY NOT NULL)";
  for (const std::string_view statement : migrations[applied]) sql << statement;
  const auto version = static_cast<long long>(applied) + 1;
  sql << "INSERT INTO schema_version (version) VALUES (:version)", soci::use(version, "version");
  transaction.Commit();
  return true;
}

}  // namespace

Database::Database(fs::path file) : file_(std::move(file)), session_(std::make_unique<soci::session>()) {}
Database::~Database() = default;

template <typename Work>
Status Database::Open(const Work& work) {
  return Run(work).map_error([this](Error error) {
    if (error.code == ErrorCode::kUnavailable || error.reason == "CatalogDamaged")
      error.message = fmt::format("opening {}: {}", file_.string(), error.message);
    return error;
  });
}

Result<std::unique_ptr<Database>> Database::OpenSqlite(const fs::path& file) {
  std::error_code ignored;
  // Absolute, so that no name is one of SQLite's special ones (":memory:").
  std::unique_ptr<Database> database(new Database(fs::absolute(file, ignored)));
  RAWHAUL_TRY(database->Open([&](soci::session& sql) -> Status {
    RAWHAUL_TRY(CheckPlace(database->file_));
    Connect(sql, database->file_);
    return CheckPages(sql);
  }));
  return database;
}

Status Database::Migrate(std::span<const Migration> migrations) {
  return Open([&](soci::session& sql) -> Status {
    while (true) {
      RAWHAUL_ASSIGN(const bool applied, MigrateOnce(sql, migrations));
      if (!applied) return {};
    }
  });
}

Status Database::CheckSchema(std::span<const Migration> migrations) {
  return Open([&](soci::session& sql) -> Status {
    RAWHAUL_ASSIGN(const size_t applied, SchemaOf(sql, migrations));
    if (applied == migrations.size()) return {};
    return Fail(ErrorCode::kConflict,
                fmt::format("the catalog {} has schema {}, this program's is {}", file_.string(), applied,
                            migrations.size()),
                std::string(kOldSchema));
  });
}

Status Database::CheckWritable() {
  return Run([](soci::session& sql) -> Status {
           WriteTransaction transaction(sql);
           sql << "UPDATE schema_version SET version = version";
           transaction.Commit();
           return {};
         })
      .map_error([](Error error) {
        return Error{ErrorCode::kUnavailable, std::move(error.message), std::move(error.reason)};
      });
}

Error Database::CurrentError() const {
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    return SqliteError(file_, error, SystemErrorOf(*session_));
  } catch (const soci::soci_error& error) {
    return InternalError(file_, error.get_error_message());
  } catch (const std::exception& error) {
    return InternalError(file_, error.what());
  }
}

}  // namespace rawhaul
