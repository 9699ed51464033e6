// What happens when the disk does not take writes.
#include "store/rocksdb/write_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <array>
#include <atomic>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "store/rocksdb/embedded_stores.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using rocksdb::IOStatus;
using testing::ElementsAre;

enum class Fault { kNone, kFull, kCreateFails, kAppendFails, kSyncFails, kCreateHangs };

// What `operation`, the fault that hits it, comes to while there is `fault`.
IOStatus Outcome(Fault operation, Fault fault) {
  if (fault == Fault::kFull) return IOStatus::NoSpace("none left");
  return operation == fault ? IOStatus::IOError("Input/output error") : IOStatus::OK();
}

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<Fault>& fault)
      : FSWritableFileOwnerWrapper(std::move(file)), fault_(fault) {}

  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
    const IOStatus failed = Outcome(Fault::kAppendFails, fault_);
    return failed.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : failed;
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  rocksdb::IODebugContext* debug) override {
    const IOStatus failed = Outcome(Fault::kAppendFails, fault_);
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
    if (status.ok()) *file = std::make_unique<FaultyFile>(std::move(*file), fault_);
    return status;
  }

 private:
  const std::atomic<Fault>& fault_;
};

// Memory is written out often.
const EmbeddedStoreOptions kSmall{.block_cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20};

struct FaultCase {
  Fault fault;
  std::string name;
  std::string reason;
};

void PrintTo(const FaultCase& tested, std::ostream* out) { *out << tested.name; }

struct FaultyStores {
  void Open(const EmbeddedStoreOptions& options = kSmall) {
    stores.reset();
    stores = *MakeEmbeddedStores(*RocksDatabase::Open(directory.path(), options, clock, env.get()));
  }
  Status Write(std::string_view name) { return WriteAll(*stores, {EventBatch(1, TestTime(0), name)}); }

  const TempDirectory directory;
  const ManualClock clock;
  std::atomic<Fault> fault{Fault::kNone};
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(std::make_shared<FaultyDisk>(fault));
  std::unique_ptr<Stores> stores;
};

class WriteErrorsTest : public FaultyStores, public testing::TestWithParam<FaultCase> {
 protected:
  void ExpectRefusals() {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const Status status = Write("lost");
      ASSERT_FALSE(status.has_value());
      EXPECT_EQ(status.error().code, ErrorCode::kUnavailable) << status.error().message;
      EXPECT_EQ(status.error().reason, GetParam().reason);
    }
  }
};

TEST_P(WriteErrorsTest, WritesFailWhileTheDiskDoesAndWorkAgainAfterwards) {
  Open();
  ASSERT_TRUE(Write("before").has_value());
  fault = GetParam().fault;
  ExpectRefusals();
  EXPECT_EQ(stores->records().LastSequence(), 1u);
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before"));

  fault = Fault::kNone;
  const Status status = Write("after");
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));

  const uint64_t last = stores->records().LastSequence();
  Open();
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));
  EXPECT_EQ(stores->records().LastSequence(), last);
}

TEST_P(WriteErrorsTest, AStoreThatFailsBeforeItsFirstWriteWorksAgainAfterwards) {
  Open();
  ASSERT_TRUE(Write("before").has_value());
  Open();
  fault = GetParam().fault;
  ExpectRefusals();
  fault = Fault::kNone;
  const Status status = Write("after");
  ASSERT_TRUE(status.has_value()) << status.error().message;
  Open();
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));
}

TEST_P(WriteErrorsTest, ACheckTellsThatTheDiskFailsAndBringsTheStoreBack) {
  Open();
  EXPECT_TRUE(stores->ingest().CheckWritable().has_value());
  fault = GetParam().fault;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Status status = stores->ingest().CheckWritable();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().reason, GetParam().reason);
  }
  fault = Fault::kNone;
  EXPECT_TRUE(stores->ingest().CheckWritable().has_value());
  EXPECT_TRUE(Write("after").has_value());
}

INSTANTIATE_TEST_SUITE_P(Faults, WriteErrorsTest,
                         testing::Values(FaultCase{Fault::kFull, "Full", "DiskFull"},
                                         FaultCase{Fault::kAppendFails, "AppendFails", "DiskError"},
                                         FaultCase{Fault::kSyncFails, "SyncFails", "DiskError"}),
                         [](const auto& tested) { return tested.param.name; });

TEST(ResumeDeathTest, AServerWhoseStoreDoesNotFindBackEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    FaultyStores faulty;
    EmbeddedStoreOptions options = kSmall;
    options.resume_deadline = std::chrono::milliseconds(100);
    faulty.Open(options);
    faulty.fault = Fault::kSyncFails;
    if (faulty.Write("refused")) std::_Exit(1);
    faulty.fault = Fault::kCreateHangs;
    if (!faulty.Write("never answered")) std::_Exit(2);
  };
  EXPECT_EXIT(hang(), testing::ExitedWithCode(kResumeFailed), "start it again");
}

// Faults come and go at any moment of the store's work: logs begin, memory is written out, files are merged.
TEST(ManyFaultsTest, WhatWasAcknowledgedIsThereOnceAndNothingElse) {
  constexpr std::array kFaults{Fault::kNone,        Fault::kNone,        Fault::kFull,
                               Fault::kCreateFails, Fault::kAppendFails, Fault::kSyncFails};
  std::minstd_rand random(20160426);
  FaultyStores faulty;
  faulty.Open();
  std::vector<std::string> acknowledged;
  for (int step = 0; step < 1000; ++step) {
    if (step % 7 == 0) faulty.fault = kFaults.at(random() % kFaults.size());
    if (step % 250 == 249) {
      faulty.fault = Fault::kNone;
      faulty.Open();
    }
    const std::string name = std::to_string(step) + std::string(random() % 20000, 'x');
    if (faulty.Write(name)) acknowledged.push_back(name);
  }
  faulty.fault = Fault::kNone;
  faulty.Open();
  EXPECT_THAT(acknowledged.size(), testing::AllOf(testing::Gt(200u), testing::Lt(900u)));
  EXPECT_TRUE(*AllEventNames(*faulty.stores, 1) == acknowledged);
}

}  // namespace
}  // namespace rawhaul
