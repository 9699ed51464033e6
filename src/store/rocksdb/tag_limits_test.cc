#include "store/rocksdb/tag_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include "store/rocksdb/embedded_stores.h"
#include "store/rocksdb/keys.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using testing::ElementsAre;

class TagLimitsTest : public testing::Test {
 protected:
  TagLimitsTest() {
    auto database = RocksDatabase::Open(directory_.path(), {}, clock_, rocksdb::Env::Default());
    database_ = database->get();
    stores_ = *MakeEmbeddedStores(*std::move(database));
  }

  // Of the device TestGuid(1), with an event `name`.
  static IngestBatch TagBatch(const std::string& name, size_t tags, const std::optional<std::string>& value,
                              int hour = 0) {
    IngestBatch batch = EventBatch(1, TestTime(hour), name);
    for (size_t i = 0; i < tags; ++i) batch.device.SetTag(name + std::to_string(i), value, TestTime(hour));
    return batch;
  }
  size_t StoredBytes() const {
    return database_->Get(Family::kDevices, keys::Encode(keys::GuidKey{1, TestGuid(1)}))->value_or("").size();
  }
  size_t Tags() const { return (*stores_->devices().Find(1, TestGuid(1)))->tags.size(); }

  const TempDirectory directory_;
  const ManualClock clock_;
  RocksDatabase* database_ = nullptr;
  std::unique_ptr<EmbeddedStores> stores_;
};

TEST_F(TagLimitsTest, WhatGoesBeyondThemIsRefusedByItself) {
  const auto outcomes = WriteEach(*stores_, {TagBatch("a", 600, "x"), TagBatch("b", 600, "x"),
                                             EventBatch(1, TestTime(0), "no tags"), TagBatch("c", 400, "x")});
  EXPECT_EQ(outcomes[0].fate, BatchFate::kStored);
  EXPECT_EQ(outcomes[1].fate, BatchFate::kRefused);
  EXPECT_EQ(outcomes[1].error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(outcomes[1].error.reason, "TooManyTags");
  EXPECT_EQ(outcomes[2].fate, BatchFate::kStored);
  EXPECT_EQ(outcomes[3].fate, BatchFate::kStored);
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("a", "no tags", "c"));
  EXPECT_EQ(Tags(), 1000u);
}

TEST_F(TagLimitsTest, ARefusedBatchIsNotKnown) {
  IngestBatch refused = TagBatch("a", 1001, "x");
  refused.batch_id = TestGuid(7);
  IngestBatch mended = TagBatch("b", 10, "x");
  mended.batch_id = TestGuid(7);
  const auto outcomes = WriteEach(*stores_, {refused, refused});
  EXPECT_EQ(outcomes[0].fate, BatchFate::kRefused);
  EXPECT_EQ(outcomes[1].fate, BatchFate::kRefused) << "it is no better off than the one that it repeats";
  EXPECT_TRUE(WriteAll(*stores_, {mended}).has_value());
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("b"));
}

TEST_F(TagLimitsTest, ADeviceDoesNotGrowWithWhatIsSent) {
  const std::string value(1000, 'x');
  for (int i = 0; i < 60; ++i) WriteEach(*stores_, {TagBatch("set" + std::to_string(i) + " ", 200, value)});
  EXPECT_LT(StoredBytes(), kMaxDeviceTagBytes + 20'000);
  EXPECT_EQ(Tags(), 200u);
}

TEST_F(TagLimitsTest, ADeviceDoesNotGrowWithWhatIsDeleted) {
  for (int i = 0; i < 60; ++i)
    WriteEach(*stores_, {TagBatch("deleted" + std::to_string(i) + " ", 1000, std::nullopt, i)});
  EXPECT_LT(StoredBytes(), 50'000u);
}

}  // namespace
}  // namespace rawhaul
