// Writing into RocksDB so that it lasts, also when the disk fails meanwhile.
#pragma once

#include <rocksdb/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "store/rocksdb/log_mark.h"
#include "store/stores.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace rawhaul {

// All that writes into the log of a database, or makes it write out its memory, goes through here, for one
// reason: RocksDB begins a new log after a failed write only when it has something in memory to write out.
// With nothing there it would go on with the log that failed, and abort. So before each write into the log
// every family has something in memory, and nothing writes memory out while the log is written or is failed.
// Thread-safe.
class LogWriter {
 public:
  using Families = std::vector<rocksdb::ColumnFamilyHandle*>;

  // `db` and `families`, which are all of it, must outlive this.
  LogWriter(rocksdb::DB& db, const Families& families, const EmbeddedStoreOptions& options);

  // Returns when `changes` are in the log and synced. What failed may be found in a log after a crash, but
  // not any more once a later call succeeded. That one resumes RocksDB first; where this takes long, it goes
  // on in the background, and until it is done calls fail like the first one (options.resume_patience).
  rocksdb::Status Write(const rocksdb::WriteBatch& changes);
  // The first half of Write().
  rocksdb::Status Resume();
  // Calls `work`, which may write memory out, while nothing is written. Where it fails, the next write
  // resumes RocksDB first.
  rocksdb::Status BetweenWrites(const std::function<rocksdb::Status()>& work);

 private:
  rocksdb::Status ResumeIfFailed() RAWHAUL_REQUIRES(mutex_);
  // A log begins with a write of no changes: the first one tells a start whether to ask for marks, so nothing
  // that somebody sent may be in it.
  rocksdb::Status Put(const rocksdb::WriteBatch& changes) RAWHAUL_REQUIRES(mutex_);
  rocksdb::Status Append(const rocksdb::WriteBatch& changes) RAWHAUL_REQUIRES(mutex_);
  rocksdb::Status Note(const rocksdb::Status& status) RAWHAUL_REQUIRES(mutex_);

  rocksdb::DB& db_;
  const Families& families_;
  const LogMark mark_;
  const std::chrono::milliseconds resume_deadline_;
  const std::chrono::milliseconds resume_patience_;
  Mutex mutex_;
  rocksdb::Status failure_ RAWHAUL_GUARDED_BY(mutex_);  // RocksDB must be resumed before the next write
  std::optional<uint64_t> failed_log_ RAWHAUL_GUARDED_BY(mutex_);
  LogPosition last_end_ RAWHAUL_GUARDED_BY(mutex_);  // of what was acknowledged
  std::future<rocksdb::Status> resuming_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
