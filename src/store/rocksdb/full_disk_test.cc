// What happens when the disk does not take writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>

#include "store/rocksdb/embedded_stores.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using testing::ElementsAre;

using Fault = std::atomic<bool>;

class FullFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FullFile(std::unique_ptr<rocksdb::FSWritableFile> file, const Fault& is_full)
      : FSWritableFileOwnerWrapper(std::move(file)), is_full_(is_full) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (is_full_) return rocksdb::IOStatus::NoSpace("No space left on device");
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* debug) override {
    if (is_full_) return rocksdb::IOStatus::NoSpace("No space left on device");
    return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
  }

 private:
  const Fault& is_full_;
};

// A disk that is full while `is_full`.
class FullDisk final : public rocksdb::FileSystemWrapper {
 public:
  explicit FullDisk(const Fault& is_full)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), is_full_(is_full) {}

  const char* Name() const override { return "FullDisk"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (status.ok()) *file = std::make_unique<FullFile>(std::move(*file), is_full_);
    return status;
  }

 private:
  const Fault& is_full_;
};

TEST(FullDiskTest, WritesFailWhileTheDiskIsFullAndWorkAgainAfterwards) {
  const TempDirectory directory;
  const ManualClock clock;
  Fault is_full = false;
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<FullDisk>(is_full));
  auto stores = *MakeEmbeddedStores(*RocksDatabase::Open(directory.path(), {}, clock, env.get()));
  ASSERT_TRUE(WriteAll(*stores, {EventBatch(1, TestTime(0), "before")}).has_value());

  is_full = true;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Status status = WriteAll(*stores, {EventBatch(1, TestTime(0), "lost")});
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kUnavailable) << status.error().message;
    EXPECT_EQ(status.error().reason, "DiskFull");
    EXPECT_EQ(stores->records().LastSequence(), 1u);
    EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before"));
  }

  is_full = false;
  const Status status = WriteAll(*stores, {EventBatch(1, TestTime(0), "after")});
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));

  const uint64_t last = stores->records().LastSequence();
  stores.reset();
  stores = *OpenEmbeddedStores(directory.path(), {}, clock);
  EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAre("before", "after"));
  EXPECT_EQ(stores->records().LastSequence(), last);
}

}  // namespace
}  // namespace rawhaul
