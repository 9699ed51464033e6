#include "store/rocksdb/write_errors.h"

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>

#include "base/logging.h"

namespace rawhaul {
namespace {

using Severity = rocksdb::Status::Severity;

class WriteErrorListener final : public rocksdb::EventListener {
 public:
  // RocksDB takes a failed write or sync of its log for fatal, but a full disk for one to resume from. What
  // it does then (all that is in memory goes into new files, and a new log begins) mends both alike. Damaged
  // data stay what they are.
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    if (!is_failing_.exchange(true)) log::Error("the store cannot write: {}", error->ToString());
    if (error->IsIOError() && error->severity() > Severity::kHardError)
      *error = rocksdb::Status(*error, Severity::kHardError);
  }

  // After a soft error (a compaction ran out of space) writes go on, so no write would ever call Resume: that
  // is left to RocksDB.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error,
                            bool* auto_recovery) override {
    if (error.severity() >= Severity::kHardError) *auto_recovery = false;
  }

  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
    if (info.new_bg_error.ok() && is_failing_.exchange(false)) log::Info("the store can write again");
  }

 private:
  std::atomic<bool> is_failing_{false};
};

using Families = std::vector<rocksdb::ColumnFamilyHandle*>;

[[noreturn]] void EndProcess(std::string_view why) {
  log::Error("{}; the server ends: start it again", why);
  std::_Exit(kResumeFailed);
}

uint64_t Property(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::string& name) {
  uint64_t value = 0;
  db.GetIntProperty(family, name, &value);
  return value;
}

// Of flushes that were asked for one has begun, or none is left to. RocksDB begins one at a time.
bool HasBegunToFlush(rocksdb::DB& db, const Families& families) {
  using Properties = rocksdb::DB::Properties;
  return Property(db, families.front(), Properties::kNumRunningFlushes) > 0 ||
         std::none_of(families.begin(), families.end(), [&](rocksdb::ColumnFamilyHandle* family) {
           return Property(db, family, Properties::kMemTableFlushPending) > 0;
         });
}

// Most writes that fail do so soon after memory was due: that takes a new log, and the disk is full. So the
// flush is given the moment that it needs to begin (ResumeWriting tells why), a tenth of a second at most.
void AwaitFlush(rocksdb::DB& db, const Families& families) {
  constexpr int kLooks = 1000;
  constexpr std::chrono::microseconds kBetweenLooks{100};
  for (int look = 0; look < kLooks && !HasBegunToFlush(db, families); ++look)
    std::this_thread::sleep_for(kBetweenLooks);
}

rocksdb::WriteOptions WithoutLog() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

// A family that had nothing in memory when RocksDB resumed has not left the failed log: a start would find in
// it what was refused. Once more, with something in each, they all have.
rocksdb::Status LeaveLog(rocksdb::DB& db, const Families& families, std::optional<uint64_t> failed_log) {
  if (failed_log && CurrentLog(db) == failed_log)
    EndProcess("the store has no other log than the failed one");
  if (const rocksdb::Status kept = KeepSomethingInMemory(db, families); !kept.ok()) return kept;
  rocksdb::FlushOptions at_once;
  at_once.allow_write_stall = true;
  return db.Flush(at_once, families);
}

}  // namespace

std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener() {
  return std::make_shared<WriteErrorListener>();
}

rocksdb::Status KeepSomethingInMemory(rocksdb::DB& db, const Families& families) {
  // A write begins with writing out memory that is full, or that holds an old log. An empty one does just
  // that.
  rocksdb::WriteBatch nothing;
  if (const rocksdb::Status status = db.Write(WithoutLog(), &nothing); !status.ok()) return status;
  rocksdb::WriteBatch something;  // the deletion of a key that is never written
  for (rocksdb::ColumnFamilyHandle* family : families) {
    if (Property(db, family, rocksdb::DB::Properties::kNumEntriesActiveMemTable) == 0)
      something.Delete(family, rocksdb::Slice());
  }
  if (something.Count() == 0) return {};
  AwaitFlush(db, families);
  return db.Write(WithoutLog(), &something);
}

std::optional<uint64_t> CurrentLog(rocksdb::DB& db) {
  std::unique_ptr<rocksdb::LogFile> log;
  if (!db.GetCurrentWalFile(&log).ok()) return std::nullopt;
  return log->LogNumber();
}

rocksdb::Status ResumeWriting(rocksdb::DB& db, const Families& families, std::optional<uint64_t> failed_log,
                              std::chrono::milliseconds deadline) {
  // A compaction that fails while Resume waits for it makes Resume give up with its own flush under way.
  // After an error none begins anew, so once they have ended Resume is undisturbed.
  db.PauseBackgroundWork();
  db.ContinueBackgroundWork();
  std::future<rocksdb::Status> resumed = std::async(std::launch::async, [&] {
    const rocksdb::Status status = db.Resume();
    return status.ok() ? LeaveLog(db, families, failed_log) : status;
  });
  if (resumed.wait_for(deadline) == std::future_status::timeout)
    EndProcess("the store did not find back from its error");
  return resumed.get();
}

}  // namespace rawhaul
