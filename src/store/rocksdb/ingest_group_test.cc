#include "store/rocksdb/ingest_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <string>
#include <vector>

#include "model/record_batch.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using testing::Each;
using testing::Field;

IngestBatch UserBatch(uint64_t device, std::optional<std::string> user) {
  IngestBatch batch = EventBatch(1, TestTime(0), "e");
  batch.device_id = TestGuid(device);
  if (user) batch.device.SetTag(kUserIdTag, std::move(user), TestTime(0));
  return batch;
}

// Remembers so many bytes, other ones each time.
IngestBatch RememberingBatch(uint64_t device, size_t bytes) {
  IngestBatch batch = UserBatch(device, std::nullopt);
  batch.complete = [bytes](std::string& memory) {
    const char next = memory.empty() ? 'a' : static_cast<char>(memory[0] + 1);
    memory = std::string(bytes, next);
    return std::vector<PackedRecords>();
  };
  return batch;
}

class IngestGroupTest : public testing::Test {
 protected:
  std::vector<const IngestBatch*> PointersTo(const std::vector<IngestBatch>& batches) {
    std::vector<const IngestBatch*> pointers;
    for (const IngestBatch& batch : batches) pointers.push_back(&batch);
    return pointers;
  }

  // The users in the heads of what is written.
  std::vector<std::string> Write(const std::vector<IngestBatch>& batches) {
    const auto pointers = PointersTo(batches);
    IngestGroup group(*database_, cache_, ids_, pointers);
    const uint64_t first = last_ + 1;
    group.Prepare(last_);
    EXPECT_TRUE(database_->db().Write({}, &group.changes()).ok());
    EXPECT_THAT(group.Stored(), Each(Field(&BatchOutcome::fate, BatchFate::kStored)));
    std::vector<std::string> users;
    for (uint64_t sequence = first; sequence <= last_; ++sequence) {
      const keys::RecordKey key{1, RecordKind::kEvent, HourOf(TestTime(0)), sequence};
      const auto stored = database_->Get(Family::kRecords, keys::Encode(key));
      users.emplace_back(RecordBatchReader::Open(stored->value())->head().user_id.json);
    }
    return users;
  }

  TempDirectory directory_;
  ManualClock clock_;
  const std::unique_ptr<RocksDatabase> database_ =
      *RocksDatabase::Open(directory_.path() / "store", {}, clock_, rocksdb::Env::Default());
  DeviceCache cache_{100'000};
  ContentIds ids_;
  uint64_t last_ = 0;
};

TEST_F(IngestGroupTest, AGroupThatIsNotWrittenLeavesNoTrace) {
  Write({UserBatch(1, "stored")});
  const std::vector<IngestBatch> lost{UserBatch(1, "lost"), UserBatch(2, "lost"), RememberingBatch(1, 5)};
  for (const bool fails : {true, false}) {
    const auto pointers = PointersTo(lost);
    IngestGroup group(*database_, cache_, ids_, pointers);
    group.Prepare(last_);
    const Error error{ErrorCode::kUnavailable, "full", "DiskFull"};
    if (!fails) continue;
    EXPECT_THAT(group.Failed(error), Each(Field(&BatchOutcome::fate, BatchFate::kUnknown)));
  }
  EXPECT_THAT(Write({UserBatch(1, std::nullopt), UserBatch(2, std::nullopt)}),
              testing::ElementsAre("stored", ""));
  Write({RememberingBatch(1, 5)});
  EXPECT_EQ(*database_->Get(Family::kMemory, keys::Encode(keys::GuidKey{1, TestGuid(1)})), "aaaaa");
}

TEST_F(IngestGroupTest, TheMemoryOfADeviceIsWrittenOnceAGroup) {
  std::vector<IngestBatch> batches;
  for (int i = 0; i < 1000; ++i) batches.push_back(RememberingBatch(1, kMaxDeviceMemoryBytes));
  const auto pointers = PointersTo(batches);
  IngestGroup group(*database_, cache_, ids_, pointers);
  group.Prepare(last_);
  EXPECT_LT(group.changes().GetDataSize(), 2 * kMaxDeviceMemoryBytes + 1000 * 100);
}

TEST_F(IngestGroupTest, TheCacheIsBoundedByItsBytesAndForgettingIsNotSeen) {
  for (uint64_t round = 0; round < 2; ++round) {
    for (uint64_t i = 0; i < 300; i += 100) {
      std::vector<IngestBatch> batches;
      std::vector<std::string> users;
      for (uint64_t device = i; device < i + 100; ++device) {
        users.push_back(std::to_string(device) + std::string(500, 'x'));
        batches.push_back(UserBatch(device, round == 0 ? std::optional(users.back()) : std::nullopt));
      }
      EXPECT_EQ(Write(batches), users);
      EXPECT_LE(cache_.bytes(), 100'000u);
    }
  }
  EXPECT_GT(cache_.bytes(), 50'000u);
}

TEST_F(IngestGroupTest, ADeviceAtHandIsNotLookedUp) {
  Write({UserBatch(1, "u")});
  const std::string key = keys::Encode(keys::GuidKey{1, TestGuid(1)});
  ASSERT_TRUE(database_->db().Delete({}, database_->family(Family::kDevices), key).ok());
  EXPECT_EQ(Write({UserBatch(1, std::nullopt)}), std::vector<std::string>{"u"});
}

}  // namespace
}  // namespace rawhaul
