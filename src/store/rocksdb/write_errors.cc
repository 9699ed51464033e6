#include "store/rocksdb/write_errors.h"

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <thread>

#include "base/logging.h"
#include "base/mutex.h"

namespace rawhaul {
namespace {

using Severity = rocksdb::Status::Severity;

class WriteErrorListener final : public rocksdb::EventListener {
 public:
  // RocksDB takes a failed write or sync of its log for fatal, a flush that finds no room for one to resume
  // from, and a compaction that finds none for one that needs no more than a look now and then. What it does
  // to resume (all that is in memory goes into new files, and a new log begins) mends all of them alike.
  // Looking is worse than nothing: 7.8 may ask for more room than any disk has (a number that wraps around),
  // and nobody else can resume while it looks. Damaged data stay what they are.
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    if (!is_failing_.exchange(true)) log::Error("the store cannot write: {}", error->ToString());
    if (error->IsNoSpace() || (error->IsIOError() && error->severity() > Severity::kHardError))
      *error = rocksdb::Status(*error, Severity::kHardError);
    if (error->severity() >= Severity::kHardError) StopBehindFlush(*error);
  }

  // The next write resumes (LogWriter).
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
    if (info.new_bg_error.ok()) Resumed();
  }

  void Resumed() {
    const MutexLock lock(mutex_);
    stopped_by_ = {};
    if (is_failing_.exchange(false)) log::Info("the store can write again");
  }

  void Watch(rocksdb::DB* db) { db_ = db; }

  // Not ok when an error has come; then it has not begun.
  rocksdb::Status BeginWrite() {
    const MutexLock lock(mutex_);
    if (stopped_by_.ok()) writer_ = std::this_thread::get_id();
    return stopped_by_;
  }
  rocksdb::Status stopped_by() const {
    const MutexLock lock(mutex_);
    return stopped_by_;
  }
  void EndWrite() {
    const MutexLock lock(mutex_);
    writer_.reset();
    write_ended_.notify_all();
  }

 private:
  // The error counts when this callback ends. A flush that was asked for and has not begun then is forgotten:
  // RocksDB neither begins it nor asks for it again, and would wait for it for ever when it resumes. So no
  // write begins from now on, the one that is under way may ask for its flush, and that is given the moment
  // that it needs. Another error that comes meanwhile does not overtake this one. A flush that has begun goes
  // on, as does the one whose error this is; the ones behind it are not forgotten.
  void StopBehindFlush(const rocksdb::Status& error) {
    constexpr std::chrono::milliseconds kWritePatience{200};  // one that waits longer has asked before
    constexpr std::chrono::seconds kPatience{10};
    constexpr std::chrono::microseconds kBetweenLooks{100};
    MutexLock lock(mutex_);
    if (!stopped_by_.ok()) return;
    stopped_by_ = error;
    write_ended_.wait_for(lock, kWritePatience, [this]() RAWHAUL_REQUIRES(mutex_) {
      return !writer_ || writer_ == std::this_thread::get_id();
    });
    rocksdb::DB* const db = db_;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (db != nullptr && IsAboutToFlush(*db) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(kBetweenLooks);
  }

  // RocksDB flushes one family at a time (options.cc).
  static bool IsAboutToFlush(rocksdb::DB& db) {
    using Properties = rocksdb::DB::Properties;
    uint64_t pending = 0;
    uint64_t running = 0;
    return db.GetIntProperty(Properties::kNumRunningFlushes, &running) && running == 0 &&
           db.GetAggregatedIntProperty(Properties::kMemTableFlushPending, &pending) && pending > 0;
  }

  std::atomic<bool> is_failing_{false};
  std::atomic<rocksdb::DB*> db_{nullptr};
  mutable Mutex mutex_;
  std::condition_variable_any write_ended_;
  rocksdb::Status stopped_by_ RAWHAUL_GUARDED_BY(mutex_);  // RocksDB takes no writes, or is about to
  std::optional<std::thread::id> writer_ RAWHAUL_GUARDED_BY(mutex_);  // of the write that is under way
};

using Families = std::vector<rocksdb::ColumnFamilyHandle*>;

WriteErrorListener* ListenerOf(const rocksdb::DB& db) {
  for (const auto& listener : db.GetDBOptions().listeners) {
    if (auto* ours = dynamic_cast<WriteErrorListener*>(listener.get())) return ours;
  }
  return nullptr;
}

[[noreturn]] void EndProcess(std::string_view why) {
  log::Error("{}; the server ends: start it again", why);
  std::_Exit(kResumeFailed);
}

bool HasSomethingInMemory(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  uint64_t entries = 0;
  return db.GetIntProperty(family, rocksdb::DB::Properties::kNumEntriesActiveMemTable, &entries) &&
         entries > 0;
}

rocksdb::WriteOptions WithoutLog() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

std::unique_ptr<rocksdb::LogFile> CurrentLogFile(rocksdb::DB& db) {
  std::unique_ptr<rocksdb::LogFile> log;
  return db.GetCurrentWalFile(&log).ok() ? std::move(log) : nullptr;
}

// An empty log did not fail: an error elsewhere kept the write from getting to it.
bool IsStillIn(rocksdb::DB& db, std::optional<uint64_t> failed_log) {
  const auto log = CurrentLogFile(db);
  return log != nullptr && log->LogNumber() == failed_log && log->SizeFileBytes() > 0;
}

rocksdb::Status StoppedBy(const rocksdb::DB& db) {
  const WriteErrorListener* const listener = ListenerOf(db);
  return listener == nullptr ? rocksdb::Status() : listener->stopped_by();
}

// Returns when all is written out. RocksDB 7.8 only asks for it once there was an error: it never notes that
// it goes on again, and waits for nothing then (ErrorHandler::ClearBGError, DBImpl::WaitForFlushMemTables).
rocksdb::Status FlushAll(rocksdb::DB& db, const Families& families) {
  constexpr std::chrono::milliseconds kBetweenLooks{1};
  rocksdb::FlushOptions at_once;
  at_once.allow_write_stall = true;
  if (rocksdb::Status asked = db.Flush(at_once, families); !asked.ok()) return asked;
  uint64_t left = 0;
  while (db.GetAggregatedIntProperty(rocksdb::DB::Properties::kNumImmutableMemTable, &left) && left > 0) {
    if (rocksdb::Status error = StoppedBy(db); !error.ok()) return error;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return {};
}

// A family that had nothing in memory when RocksDB resumed has not left the failed log: a start would find in
// it what was refused. Once more, with something in each, they all have.
rocksdb::Status LeaveLog(rocksdb::DB& db, const Families& families, std::optional<uint64_t> failed_log) {
  if (IsStillIn(db, failed_log)) EndProcess("the store has no other log than the failed one");
  return UnlessStopped(db, [&] {
    rocksdb::Status kept = KeepSomethingInMemory(db, families);
    return kept.ok() ? FlushAll(db, families) : kept;
  });
}

}  // namespace

std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener() {
  return std::make_shared<WriteErrorListener>();
}

void WatchFlushes(rocksdb::DB& db) {
  if (WriteErrorListener* const listener = ListenerOf(db)) listener->Watch(&db);
}

rocksdb::Status UnlessStopped(const rocksdb::DB& db, const std::function<rocksdb::Status()>& write) {
  WriteErrorListener* const listener = ListenerOf(db);
  if (listener == nullptr) return write();
  if (rocksdb::Status begun = listener->BeginWrite(); !begun.ok()) return begun;
  rocksdb::Status status = write();
  listener->EndWrite();
  return status;
}

// A write begins with writing out memory that is full, or that holds an old log. An empty one does just that;
// what is put in behind it may make memory full again.
rocksdb::Status KeepSomethingInMemory(rocksdb::DB& db, const Families& families) {
  constexpr int kMostRounds = 16;
  for (int round = 0; round < kMostRounds; ++round) {
    rocksdb::WriteBatch nothing;
    if (rocksdb::Status status = db.Write(WithoutLog(), &nothing); !status.ok()) return status;
    rocksdb::WriteBatch something;  // the deletion of a key that is never written
    for (rocksdb::ColumnFamilyHandle* family : families) {
      if (!HasSomethingInMemory(db, family)) something.Delete(family, rocksdb::Slice());
    }
    if (something.Count() == 0) return {};
    if (rocksdb::Status status = db.Write(WithoutLog(), &something); !status.ok()) return status;
  }
  return {};
}

std::optional<uint64_t> CurrentLog(rocksdb::DB& db) {
  const auto log = CurrentLogFile(db);
  return log == nullptr ? std::nullopt : std::optional(log->LogNumber());
}

LogPosition EndOfLog(rocksdb::DB& db) {
  const auto log = CurrentLogFile(db);
  return log == nullptr ? LogPosition() : LogPosition{log->LogNumber(), log->SizeFileBytes()};
}

rocksdb::Status ResumeWriting(rocksdb::DB& db, const Families& families, std::optional<uint64_t> failed_log,
                              std::chrono::milliseconds deadline) {
  // A compaction that fails while Resume waits for it makes Resume give up with its own flush under way.
  // After an error none begins anew, so once they have ended Resume is undisturbed.
  db.PauseBackgroundWork();
  db.ContinueBackgroundWork();
  std::future<rocksdb::Status> resumed = std::async(std::launch::async, [&] {
    if (rocksdb::Status status = db.Resume(); !status.ok()) return status;
    // RocksDB says nothing when the error that came did not count.
    if (WriteErrorListener* const listener = ListenerOf(db)) listener->Resumed();
    return LeaveLog(db, families, failed_log);
  });
  if (resumed.wait_for(deadline) == std::future_status::timeout)
    EndProcess("the store did not find back from its error");
  return resumed.get();
}

}  // namespace rawhaul
