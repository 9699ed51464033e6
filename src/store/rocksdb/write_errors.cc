#include "store/rocksdb/write_errors.h"

#include <rocksdb/listener.h>

#include "base/logging.h"

namespace rawhaul {
namespace {

class WriteErrorListener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    log::Error("the store cannot write: {}", error->ToString());
  }

  // After a soft error (a compaction ran out of space) writes go on, so no write would ever call Resume: that
  // is left to RocksDB.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error,
                            bool* auto_recovery) override {
    if (error.severity() >= rocksdb::Status::Severity::kHardError) *auto_recovery = false;
  }
};

}  // namespace

std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener() {
  return std::make_shared<WriteErrorListener>();
}

}  // namespace rawhaul
