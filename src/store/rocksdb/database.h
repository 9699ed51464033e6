// The RocksDB database under the stores. RocksDB's headers stay in the .cc files of this folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/stores.h"

namespace rocksdb {
class ColumnFamilyHandle;
class CompactionFilter;
class DB;
class Env;
class Snapshot;
class Status;
}  // namespace rocksdb

namespace rawhaul {

class LogWriter;

// In the order in which programs came to know them.
enum class Family { kState, kRecords, kDevices, kFeedback, kDedupe, kUsers, kMemory };

// Constant after construction; RocksDB does its own locking.
class RocksDatabase {
 public:
  // `env` is the file system: RocksDB's default, or one that a test makes fail.
  static Result<std::unique_ptr<RocksDatabase>> Open(const std::filesystem::path& directory,
                                                     const EmbeddedStoreOptions& options, const Clock& clock,
                                                     rocksdb::Env* env);
  // For looking only: takes no lock, writes nothing, and takes even the end of a log for damaged that a crash
  // has cut off.
  static Result<std::unique_ptr<RocksDatabase>> OpenToCheck(const std::filesystem::path& directory,
                                                            const Clock& clock);
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  rocksdb::DB& db() const { return *db_; }
  // False for a family that is newer than a store that was opened to check it.
  bool has(Family family) const { return static_cast<size_t>(family) < families_.size(); }
  // REQUIRES has(family).
  rocksdb::ColumnFamilyHandle* family(Family family) const { return families_[static_cast<size_t>(family)]; }

  const std::vector<rocksdb::ColumnFamilyHandle*>& families() const { return families_; }

  // REQUIRES that it was opened to be written.
  LogWriter& log() const { return *log_; }
  // As it is now, or was at `snapshot`.
  Result<std::optional<std::string>> Get(Family family, std::string_view key,
                                         const rocksdb::Snapshot* snapshot = nullptr) const;
  // Of the keys from first to last, as stored, what is in memory included.
  Result<uint64_t> ApproximateBytes(Family family, std::string_view first, std::string_view last) const;

 private:
  explicit RocksDatabase(const Clock& clock);
  Status Take(rocksdb::DB* db, const rocksdb::Status& status, const std::filesystem::path& directory);

  std::unique_ptr<rocksdb::CompactionFilter> dedupe_filter_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // owned by db_
  std::unique_ptr<LogWriter> log_;
};

// The least key after `key`.
inline std::string KeyAfter(std::string_view key) { return std::string(key) + '\0'; }

}  // namespace rawhaul
