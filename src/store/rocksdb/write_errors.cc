#include "store/rocksdb/write_errors.h"

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <cstdlib>
#include <future>

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

}  // namespace

std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener() {
  return std::make_shared<WriteErrorListener>();
}

rocksdb::Status ResumeWriting(rocksdb::DB& db, std::chrono::milliseconds deadline) {
  // A compaction that fails while Resume waits for it makes Resume give up with its own flush under way.
  // After an error none begins anew, so once they have ended Resume is undisturbed.
  db.PauseBackgroundWork();
  db.ContinueBackgroundWork();
  std::future<rocksdb::Status> resumed = std::async(std::launch::async, [&db] { return db.Resume(); });
  if (resumed.wait_for(deadline) == std::future_status::timeout) {
    log::Error("the store did not find back from its error; the server ends: start it again");
    std::_Exit(kResumeFailed);
  }
  return resumed.get();
}

}  // namespace rawhaul
