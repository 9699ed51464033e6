#include "app/data_directory.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "app/backup_manifest.h"
#include "base/files.h"
#include "identity/keys.h"
#include "store/stores.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

// SQLite would take an empty file for a new database.
bool IsMissingOrEmpty(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error == std::errc::no_such_file_or_directory || (!error && size == 0);
}

Error MigrationError(const Error& old_schema, const Error& lock) {
  if (lock.code != ErrorCode::kUnavailable) return lock;
  return {ErrorCode::kConflict, fmt::format("{}: it is of an older rawhaul, and {}; stop that server first",
                                            old_schema.message, lock.message)};
}

}  // namespace

bool DataDirectory::IsBackup() const {
  std::error_code error;
  return fs::exists(root_ / kBackupManifest, error);
}

Status DataDirectory::Init() const {
  std::error_code error;
  if (fs::exists(store(), error) || IsBackup()) RAWHAUL_TRY(CheckInitialised());
  fs::create_directories(root_, error);
  if (error)
    return Fail(ErrorCode::kInternal,
                fmt::format("cannot make the directory {}: {}", root_.string(), error.message()));
  RAWHAUL_TRY(SyncName(root_));
  RAWHAUL_TRY(CreateServerKeys(keys()));
  RAWHAUL_ASSIGN(const auto made, IsMissingOrEmpty(catalog())
                                      ? OpenSqliteCatalog(catalog(), OldSchema::kMigrate)
                                      : OpenCatalog());
  return {};
}

Status DataDirectory::CheckInitialised() const {
  const std::string root = root_.string();
  std::error_code error;
  if (IsBackup()) {
    return Fail(ErrorCode::kConflict,
                fmt::format("{0} is a backup; make a data directory of it with: rawhaul restore "
                            "--from {0} --data DIR",
                            root));
  }
  if (!IsMissingOrEmpty(catalog())) return {};
  if (fs::exists(catalog(), error) || fs::exists(store(), error)) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the catalog {} is gone or empty, which it never is: restore the data "
                            "from a backup (rawhaul restore)",
                            catalog().string()));
  }
  return Fail(ErrorCode::kNotFound,
              fmt::format("{0} is no data directory; make it with: rawhaul init --data {0}", root));
}

Result<std::unique_ptr<Catalog>> DataDirectory::OpenCatalog() const {
  RAWHAUL_TRY(CheckInitialised());
  auto opened = OpenSqliteCatalog(catalog(), OldSchema::kRefuse);
  if (opened || opened.error().reason != kOldSchema) return opened;
  const auto lock = LockStores(store());
  if (!lock) return Fail(MigrationError(opened.error(), lock.error()));
  return OpenSqliteCatalog(catalog(), OldSchema::kMigrate);
}

}  // namespace rawhaul
