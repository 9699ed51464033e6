#include "store/rocksdb/database.h"

#include <fmt/format.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/wal_filter.h>

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/logging.h"
#include "store/rocksdb/dedupe_filter.h"
#include "store/rocksdb/log_files.h"
#include "store/rocksdb/log_writer.h"
#include "store/rocksdb/options.h"
#include "store/rocksdb/status.h"
#include "store/rocksdb/write_errors.h"

namespace rawhaul {
namespace {

constexpr std::string_view kRestore = "; it is damaged: restore the data from a backup (rawhaul restore)";

// RocksDB has no code of its own for a lock that another process, or this one, holds.
bool IsLocked(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find("While lock file") != std::string::npos ||
                                text.find("lock hold by") != std::string::npos);
}

Error OpenError(const rocksdb::Status& status, const std::filesystem::path& directory) {
  if (IsLocked(status)) {
    return Error{ErrorCode::kUnavailable, fmt::format("another process has {} open", directory.string())};
  }
  Error error = ToError(status, fmt::format("opening the store in {}", directory.string()));
  if (status.IsPathNotFound())
    error = {ErrorCode::kDataLoss, std::move(error.message), std::string(kStoreDamaged)};
  if (error.code == ErrorCode::kDataLoss) error.message += kRestore;
  return error;
}

// Of records that were collected: logs (*.log) and tables (*.sst). RocksDB makes CURRENT before any of them.
bool IsDataFile(const std::filesystem::path& file) {
  return file.extension() == ".log" || file.extension() == ".sst";
}

// Without this look RocksDB would take a store that has lost its CURRENT for a new one, and delete its files.
Status CheckWhole(const std::filesystem::path& directory) {
  if (std::filesystem::exists(directory / "CURRENT")) return {};
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!IsDataFile(entry.path())) continue;
    return Fail(ErrorCode::kDataLoss,
                fmt::format("opening the store in {}: it has data ({}), but no file CURRENT{}",
                            directory.string(), entry.path().filename().string(), kRestore),
                std::string(kStoreDamaged));
  }
  return {};
}

// RocksDB syncs what is in its directory, but not the directory's own name: without that a power cut takes
// all of a store that is new.
Status PrepareDirectory(const std::filesystem::path& directory) try {
  std::filesystem::create_directories(directory);
  RAWHAUL_TRY(SyncName(directory));
  return CheckWhole(directory);
} catch (const std::filesystem::filesystem_error& error) {
  return Fail(ErrorCode::kInternal, fmt::format("opening the store: {}", error.what()));
}

// Drops the families that are newer than the store: they are the last ones.
void DropMissing(const rocksdb::DBOptions& options, const std::filesystem::path& directory,
                 std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, directory.string(), &names).ok()) return;  // opening says why
  while (std::find(names.begin(), names.end(), families.back().name) == names.end()) families.pop_back();
}

// Learns from which log on RocksDB would recover, and keeps it from that.
class NeededLogs final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "rawhaul.NeededLogs"; }
  void ColumnFamilyLogNumberMap(const std::map<uint32_t, uint64_t>& logs,
                                const std::map<std::string, uint32_t>&) override {
    const auto is_older = [](const auto& a, const auto& b) { return a.second < b.second; };
    if (!logs.empty()) first_ = std::min_element(logs.begin(), logs.end(), is_older)->second;
  }
  WalProcessingOption LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch&,
                                     rocksdb::WriteBatch*, bool*) override {
    return WalProcessingOption::kStopReplay;
  }

  uint64_t first() const { return first_; }

 private:
  uint64_t first_ = 0;
};

// The number of the first log of which something is in no table. Changes nothing.
Result<uint64_t> FirstNeededLog(const std::filesystem::path& directory, rocksdb::Env* env) {
  NeededLogs needed;
  rocksdb::DBOptions options = MakeDatabaseOptions({}, env);
  options.wal_filter = &needed;
  auto families = MakeFamilies({}, nullptr);
  DropMissing(options, directory, families);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &db);
  if (!status.ok()) return Fail(OpenError(status, directory));
  const std::unique_ptr<rocksdb::DB> opened(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  return needed.first();
}

Error DamageError(const LogDamage& damage, const std::filesystem::path& directory) {
  const std::string_view behind =
      damage.is_last ? ", where its last one begins or goes on: after kill -9 or a loss of power it was not "
                       "acknowledged, and a start of the server drops it"
                     : ", but others behind it";
  return {ErrorCode::kDataLoss,
          fmt::format("opening the store in {}: {} has no whole write at byte {}{}{}", directory.string(),
                      damage.file.string(), damage.offset, behind, damage.is_last ? "" : kRestore),
          std::string(kStoreDamaged)};
}

// Of logs that are needed.
Status CheckLogs(const std::filesystem::path& directory, TornWrite torn, rocksdb::Env* env) {
  RAWHAUL_ASSIGN(const auto damages, ReadLogs(directory, torn));
  if (damages.empty()) return {};
  RAWHAUL_ASSIGN(const uint64_t first, FirstNeededLog(directory, env));
  for (const LogDamage& damage : damages) {
    if (damage.log >= first) return Fail(DamageError(damage, directory));
  }
  return {};
}

// RocksDB's own lock.
class FileLock final : public StoreLock {
 public:
  static Result<std::unique_ptr<StoreLock>> Take(const std::filesystem::path& directory, rocksdb::Env* env) {
    rocksdb::FileLock* lock = nullptr;
    const rocksdb::Status locked = env->LockFile((directory / "LOCK").string(), &lock);
    if (!locked.ok()) return Fail(OpenError(locked, directory));
    return std::make_unique<FileLock>(env, lock);
  }

  FileLock(rocksdb::Env* env, rocksdb::FileLock* lock) : env_(env), lock_(lock) {}
  ~FileLock() override { env_->UnlockFile(lock_).PermitUncheckedError(); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  rocksdb::Env* const env_;
  rocksdb::FileLock* const lock_;
};

// A process that has the store open writes its log, so it is mended under the lock.
Status MendLog(const std::filesystem::path& directory, rocksdb::Env* env) {
  RAWHAUL_ASSIGN(const auto lock, FileLock::Take(directory, env));
  return CheckLogs(directory, TornWrite::kCut, env);
}

}  // namespace

Result<std::unique_ptr<StoreLock>> LockStores(const std::filesystem::path& directory) {
  RAWHAUL_TRY(PrepareDirectory(directory));
  return FileLock::Take(directory, rocksdb::Env::Default());
}

RocksDatabase::RocksDatabase(const Clock& clock) : dedupe_filter_(MakeDedupeFilter(clock)) {}

RocksDatabase::~RocksDatabase() {
  if (db_ == nullptr) return;
  log_.reset();  // waits for a resumption that is under way
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  if (const rocksdb::Status closed = db_->Close(); !closed.ok())
    log::Warn("closing the store: {}", closed.ToString());
}

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::Open(const std::filesystem::path& directory,
                                                           const EmbeddedStoreOptions& options,
                                                           const Clock& clock, rocksdb::Env* env) {
  RAWHAUL_TRY(PrepareDirectory(directory));
  RAWHAUL_TRY(MendLog(directory, env));
  std::unique_ptr<RocksDatabase> database(new RocksDatabase(clock));
  rocksdb::DB* db = nullptr;
  const auto status =
      rocksdb::DB::Open(MakeDatabaseOptions(options, env), directory.string(),
                        MakeFamilies(options, database->dedupe_filter_.get()), &database->families_, &db);
  RAWHAUL_TRY(database->Take(db, status, directory));
  WatchFlushes(*db);
  database->log_ = std::make_unique<LogWriter>(*db, database->families_, options);
  return database;
}

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::OpenToCheck(const std::filesystem::path& directory,
                                                                  const Clock& clock) {
  RAWHAUL_TRY(CheckWhole(directory));
  RAWHAUL_TRY(CheckLogs(directory, TornWrite::kLeave, rocksdb::Env::Default()));
  std::unique_ptr<RocksDatabase> database(new RocksDatabase(clock));
  rocksdb::DBOptions options = MakeDatabaseOptions({}, rocksdb::Env::Default());
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  auto families = MakeFamilies({}, database->dedupe_filter_.get());
  DropMissing(options, directory, families);
  rocksdb::DB* db = nullptr;
  const auto status =
      rocksdb::DB::OpenForReadOnly(options, directory.string(), families, &database->families_, &db);
  RAWHAUL_TRY(database->Take(db, status, directory));
  return database;
}

Status RocksDatabase::Take(rocksdb::DB* db, const rocksdb::Status& status,
                           const std::filesystem::path& directory) {
  if (!status.ok()) return Fail(OpenError(status, directory));
  db_.reset(db);
  return {};
}

Result<std::optional<std::string>> RocksDatabase::Get(Family family_name, std::string_view key,
                                                      const rocksdb::Snapshot* snapshot) const {
  std::string value;
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const auto status = db_->Get(options, family(family_name), rocksdb::Slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return Fail(ToError(status, "reading the store"));
  return value;
}

Result<uint64_t> RocksDatabase::ApproximateBytes(Family family_name, std::string_view first,
                                                 std::string_view last) const {
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  const std::string limit = KeyAfter(last);
  const rocksdb::Range range{rocksdb::Slice(first), rocksdb::Slice(limit)};
  uint64_t bytes = 0;
  RAWHAUL_TRY(ToStatus(db_->GetApproximateSizes(options, family(family_name), &range, 1, &bytes),
                       "sizing the store"));
  return bytes;
}

}  // namespace rawhaul
