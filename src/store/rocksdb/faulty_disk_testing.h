// Stores on a disk that fails.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

#include "store/rocksdb/embedded_stores.h"
#include "store/store_testing.h"

namespace rawhaul {

using rocksdb::IOStatus;

// kNewLogFails: so does the first append to each log that is begun from then on, and no other.
enum class Fault { kNone, kFull, kCreateFails, kAppendFails, kSyncFails, kNewLogFails, kCreateHangs };

// What `operation`, the fault that hits it, comes to while there is `fault`.
inline IOStatus Outcome(Fault operation, Fault fault) {
  if (fault == Fault::kFull) return IOStatus::NoSpace("none left");
  return operation == fault ? IOStatus::IOError("Input/output error") : IOStatus::OK();
}

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  // `append_fault`: what hits its appends beside kFull.
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, Fault append_fault,
             const std::atomic<Fault>& fault)
      : FSWritableFileOwnerWrapper(std::move(file)), append_fault_(append_fault), fault_(fault) {}

  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
    const IOStatus failed = Outcome(append_fault_, fault_);
    return failed.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : failed;
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  rocksdb::IODebugContext* debug) override {
    const IOStatus failed = Outcome(append_fault_, fault_);
    return failed.ok() ? FSWritableFileOwnerWrapper::Append(data, options, verification, debug) : failed;
  }
  IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const IOStatus failed = Outcome(Fault::kSyncFails, fault_);
    return failed.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : failed;
  }
  IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const IOStatus failed = Outcome(Fault::kSyncFails, fault_);
    return failed.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : failed;
  }

 private:
  const Fault append_fault_;
  const std::atomic<Fault>& fault_;
};

class FaultyDisk final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyDisk(const std::atomic<Fault>& fault)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), fault_(fault) {}

  const char* Name() const override { return "FaultyDisk"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           rocksdb::IODebugContext* debug) override {
    fault_.wait(Fault::kCreateHangs);
    IOStatus status = Outcome(Fault::kCreateFails, fault_);
    if (status.ok()) status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (!status.ok()) return status;
    const bool is_bad = fault_ == Fault::kNewLogFails && name.ends_with(".log");
    *file = std::make_unique<FaultyFile>(std::move(*file), is_bad ? Fault::kNewLogFails : Fault::kAppendFails,
                                         fault_);
    return status;
  }

  // It does not tell what is free.
  IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, uint64_t*,
                        rocksdb::IODebugContext*) override {
    return IOStatus::NotSupported();
  }

 private:
  const std::atomic<Fault>& fault_;
};

// Memory is written out often.
inline const EmbeddedStoreOptions kSmall{.block_cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20};

struct FaultyStores {
  void Open(const EmbeddedStoreOptions& options = kSmall) {
    stores.reset();
    auto opened = *RocksDatabase::Open(directory.path() / "store", options, clock, env.get());
    database = opened.get();
    stores = *MakeEmbeddedStores(std::move(opened));
  }
  Status Write(std::string_view name) { return WriteAll(*stores, {EventBatch(1, TestTime(0), name)}); }

  const TempDirectory directory;
  const ManualClock clock;
  std::atomic<Fault> fault{Fault::kNone};
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(std::make_shared<FaultyDisk>(fault));
  RocksDatabase* database = nullptr;
  std::unique_ptr<EmbeddedStores> stores;
};

}  // namespace rawhaul
