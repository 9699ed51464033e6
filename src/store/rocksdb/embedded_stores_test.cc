#include "store/rocksdb/embedded_stores.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/encoding.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/user_index.h"
#include "store/store_conformance_testing.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(RocksDb, StoreConformanceTest,
                         testing::Values(StoreEngine{"RocksDb",
                                                     [](const auto& directory, const Clock& clock) {
                                                       return OpenEmbeddedStores(directory, {}, clock);
                                                     }}),
                         EngineName);

class EmbeddedStoresTest : public testing::Test {
 protected:
  void Open() {
    Close();
    auto database = RocksDatabase::Open(directory_.path() / "store", {}, clock_, rocksdb::Env::Default());
    ASSERT_TRUE(database.has_value()) << database.error().message;
    database_ = database->get();
    stores_ = *MakeEmbeddedStores(*std::move(database));
  }
  void Close() { stores_.reset(); }

  Result<std::unique_ptr<Stores>> TryOpen() {
    return OpenEmbeddedStores(directory_.path() / "store", {}, clock_);
  }

  void Write(const std::vector<IngestBatch>& batches) {
    const Status status = WriteAll(*stores_, batches);
    ASSERT_TRUE(status.has_value()) << status.error().message;
  }

  void Compact(Family family) {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    ASSERT_TRUE(database_->db().CompactRange(options, database_->family(family), nullptr, nullptr).ok());
  }

  // The one file of the family. REQUIRES that it was compacted.
  std::filesystem::path FileOf(std::string_view family) {
    std::vector<rocksdb::LiveFileMetaData> files;
    database_->db().GetLiveFilesMetaData(&files);
    std::erase_if(files, [&](const auto& file) { return file.column_family_name != family; });
    EXPECT_EQ(files.size(), 1u);
    return directory_.path() / "store" / files.at(0).relative_filename;
  }

  TempDirectory directory_;
  ManualClock clock_;
  RocksDatabase* database_ = nullptr;
  std::unique_ptr<Stores> stores_;
};

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const std::filesystem::path& file, std::string_view content) {
  std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

IngestBatch IdBatch(const Clock& clock, std::string_view name) {
  IngestBatch batch = EventBatch(1, clock.Now(), name);
  batch.batch_id = TestGuid(7);
  return batch;
}

TEST_F(EmbeddedStoresTest, ABatchIdIsForgottenAfterTheWindow) {
  Open();
  Write({IdBatch(clock_, "one")});
  clock_.Advance(kDedupeWindow);
  Compact(Family::kDedupe);
  Write({IdBatch(clock_, "repeated within the window")});
  clock_.Advance(std::chrono::milliseconds(1));
  Compact(Family::kDedupe);
  Write({IdBatch(clock_, "after the window")});
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("one", "after the window"));
}

TEST_F(EmbeddedStoresTest, DevicesAndFeedbackAddUpOverFilesAndCompactions) {
  Open();
  const FeedbackKey key{CampaignType::kPoll, 1, TestGuid(1)};
  for (int i = 0; i < 6; ++i) {
    IngestBatch batch = EventBatch(1, TestTime(i), "e");
    batch.device.SetTag("tag" + std::to_string(i % 4), std::to_string(i), TestTime(i));
    batch.feedback.push_back({key, {static_cast<uint16_t>(1 << i), TestTime(i), TestTime(i)}});
    Write({batch});
    database_->db().Flush({}, database_->family(Family::kDevices));
    database_->db().Flush({}, database_->family(Family::kFeedback));
    if (i == 2) Open();
  }
  for (const bool compacted : {false, true}) {
    if (compacted) Compact(Family::kDevices), Compact(Family::kFeedback);
    const auto device = **stores_->devices().Find(1, TestGuid(1));
    EXPECT_EQ(device.tags, (std::map<std::string, std::string>{
                               {"tag0", "4"}, {"tag1", "5"}, {"tag2", "2"}, {"tag3", "3"}}));
    EXPECT_EQ(device.first_seen, TestTime(0));
    FeedbackKey read_key;
    Feedback feedback;
    ASSERT_TRUE(stores_->feedback().Snapshot(1)->Read(CampaignType::kPoll, {1, 1})->Next(read_key, feedback));
    EXPECT_EQ(feedback, (Feedback{63, TestTime(0), TestTime(5)}));
  }
}

// As a program leaves it that knew no index.
TEST_F(EmbeddedStoresTest, TheUsersOfAnOlderStoreAreIndexedWhenItIsOpened) {
  Open();
  for (int i = 0; i < 3; ++i) {
    IngestBatch batch = EventBatch(1, TestTime(0), "e");
    batch.device_id = TestGuid(static_cast<uint64_t>(i));
    batch.device.SetTag(kUserIdTag, i == 1 ? "joe" : "jane", TestTime(0));
    Write({batch});
  }
  for (const Family newer : {Family::kUsers, Family::kMemory})
    ASSERT_TRUE(database_->db().DropColumnFamily(database_->family(newer)).ok());
  ASSERT_TRUE(database_->db().Delete({}, database_->family(Family::kState), "users now").ok());
  Close();
  const auto check = CheckEmbeddedStores(directory_.path() / "store");
  ASSERT_TRUE(check);
  EXPECT_THAT(check->findings, testing::IsEmpty());
  Open();
  EXPECT_THAT(*stores_->devices().FindByUser(1, "jane"), ElementsAre(TestGuid(0), TestGuid(2)));
  EXPECT_THAT(*stores_->devices().FindByUser(1, "joe"), ElementsAre(TestGuid(1)));
}

// The index of an older program has the users of before as well.
TEST_F(EmbeddedStoresTest, WhoHadADeviceBeforeIsNotItsUserWhenAnOlderStoreIsOpened) {
  Open();
  IngestBatch batch = EventBatch(1, TestTime(0), "e");
  batch.device.SetTag(kUserIdTag, "jane", TestTime(0));
  Write({batch});
  rocksdb::WriteBatch older;
  IndexUser(*database_, {1, batch.device_id}, "", "joe", older);
  older.Put(database_->family(Family::kState), "users", "");
  older.Delete(database_->family(Family::kState), "users now");
  ASSERT_TRUE(database_->db().Write({}, &older).ok());
  Open();
  EXPECT_THAT(*stores_->devices().FindByUser(1, "jane"), ElementsAre(batch.device_id));
  EXPECT_THAT(*stores_->devices().FindByUser(1, "joe"), testing::IsEmpty());
}

TEST_F(EmbeddedStoresTest, DevicesThatLeftTheirUserCostNoLookUpMoreThanAllItMayHave) {
  Open();
  for (const bool comes : {true, false}) {
    rocksdb::WriteBatch changes;
    for (uint64_t i = 0; i < 20'000; ++i)
      IndexUser(*database_, {1, TestGuid(i)}, comes ? "" : "guest", comes ? "guest" : "", changes);
    ASSERT_TRUE(database_->db().Write({}, &changes).ok());
  }
  EXPECT_EQ(stores_->devices().FindByUser(1, "guest").error().reason, kTooManyDevices);
  Compact(Family::kUsers);
  EXPECT_THAT(*stores_->devices().FindByUser(1, "guest"), testing::IsEmpty());
}

TEST_F(EmbeddedStoresTest, ADirectoryThatIsOpenCannotBeOpenedTwice) {
  Open();
  const auto second = TryOpen();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message,
            "another process has " + (directory_.path() / "store").string() + " open");
  const auto lock = LockStores(directory_.path() / "store");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().message, second.error().message);
}

TEST_F(EmbeddedStoresTest, ALockKeepsADirectoryFromBeingOpened) {
  auto lock = LockStores(directory_.path() / "store").value();
  const auto opened = TryOpen();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  lock.reset();
  EXPECT_TRUE(TryOpen());
}

// Runs until the pipe is closed.
pid_t HoldLockInAnotherProcess(const std::filesystem::path& lock, int ready, int until) {
  const pid_t child = fork();
  if (child != 0) return child;
  const int file = open(lock.c_str(), O_RDWR);
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  char byte = fcntl(file, F_SETLK, &whole) == 0 ? 'y' : 'n';
  if (write(ready, &byte, 1) == 1 && read(until, &byte, 1) >= 0) _exit(0);
  _exit(1);
}

TEST_F(EmbeddedStoresTest, ADirectoryThatAnotherProcessHasOpenCannotBeOpened) {
  Open();
  Close();
  int ready[2], until[2];
  ASSERT_EQ(pipe(ready) + pipe(until), 0);
  const pid_t child = HoldLockInAnotherProcess(directory_.path() / "store" / "LOCK", ready[1], until[0]);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  const auto opened = TryOpen();
  EXPECT_EQ(write(until[1], &byte, 1), 1);
  waitpid(child, nullptr, 0);
  for (const int end : {ready[0], ready[1], until[0], until[1]}) close(end);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable) << opened.error().message;
  EXPECT_TRUE(TryOpen().has_value());
}

TEST_F(EmbeddedStoresTest, ADirectoryThatCannotBeMadeIsNamed) {
  WriteFile(directory_.path() / "file", "");
  const auto opened = OpenEmbeddedStores(directory_.path() / "file" / "store", {}, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kInternal);
  EXPECT_THAT(opened.error().message, HasSubstr((directory_.path() / "file" / "store").string()));
}

TEST_F(EmbeddedStoresTest, AFlippedByteInAFileIsDataLossAndNeverOtherRows) {
  Open();
  std::vector<IngestBatch> batches;
  for (int i = 0; i < 40; ++i)
    batches.push_back(EventBatch(1, TestTime(i), "name " + std::to_string(i * 7919)));
  Write(batches);
  Compact(Family::kRecords);
  const auto expected = *AllEventNames(*stores_, 1);
  const std::filesystem::path file = FileOf("records");
  Close();
  const std::string content = ReadFile(file);
  size_t damaged = 0;
  for (size_t at = 0; at < content.size(); at += 23) {
    std::string changed = content;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    WriteFile(file, changed);
    const auto opened = TryOpen();
    const auto names = opened ? AllEventNames(**opened, 1) : tl::unexpected(opened.error());
    if (names) {
      EXPECT_EQ(*names, expected) << at;
    } else {
      EXPECT_EQ(names.error().code, ErrorCode::kDataLoss) << at << names.error().message;
      ++damaged;
    }
  }
  EXPECT_GT(damaged, 0u);
}

class LogDamageTest : public EmbeddedStoresTest {
 protected:
  // Three acknowledged writes that are in the log alone, as after kill -9.
  void SetUp() override {
    Open();
    for (const char* name : {"one", "two", "three"}) Write({EventBatch(1, TestTime(0), name)});
    std::filesystem::copy(directory_.path() / "store", directory_.path() / "crashed",
                          std::filesystem::copy_options::recursive);
    Close();
    std::filesystem::remove_all(directory_.path() / "store");
    std::filesystem::rename(directory_.path() / "crashed", directory_.path() / "store");
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "store")) {
      if (entry.path().extension() == ".log") log_ = entry.path();
    }
    content_ = ReadFile(log_);
  }

  std::filesystem::path log_;
  std::string content_;
};

TEST_F(LogDamageTest, AcknowledgedWritesAreThereAfterACrash) {
  Open();
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("one", "two", "three"));
  EXPECT_EQ(stores_->records().LastSequence(), 3u);
}

TEST_F(LogDamageTest, AWriteThatTheCrashCutOffIsDroppedAndTheStoreOpens) {
  WriteFile(log_, content_ + content_.substr(0, 12));  // the head of a further record, and little more
  Open();
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("one", "two", "three"));
  Write({EventBatch(1, TestTime(0), "four")});
  Open();
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("one", "two", "three", "four"));
}

TEST_F(LogDamageTest, DamageBeforeAcknowledgedWritesIsDataLossAndNotSilence) {
  std::string changed = content_;
  changed[changed.size() / 2] ^= 1;
  WriteFile(log_, changed);
  const auto opened = TryOpen();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss) << opened.error().message;
}

TEST_F(EmbeddedStoresTest, ADamagedDeviceIsDataLoss) {
  Open();
  Write({EventBatch(1, TestTime(0), "e")});
  rocksdb::Slice key(
      "\0\0\0\1"
      "0123456789abcdef",
      20);
  database_->db().Put({}, database_->family(Family::kDevices), key, "\x07");
  const auto found = stores_->devices().Find(1, GuidFromBytes("0123456789abcdef"));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::kDataLoss);
  const auto cursor = stores_->devices().Snapshot(1)->Read(0, 255);
  Device device;
  EXPECT_TRUE(cursor->Next(device));
  EXPECT_FALSE(cursor->Next(device));
  EXPECT_EQ(cursor->status().error().code, ErrorCode::kDataLoss);
  EXPECT_FALSE(cursor->Next(device));
  // A change cannot be added to it either.
  IngestBatch change = EventBatch(1, TestTime(0), "e");
  change.device_id = GuidFromBytes("0123456789abcdef");
  const auto outcomes =
      WriteEach(*stores_, {EventBatch(1, TestTime(0), "one"), change, EventBatch(1, TestTime(0), "two")});
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[1].fate, BatchFate::kRefused);
  EXPECT_EQ(outcomes[1].error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcomes[1].error.reason, kStoreDamaged);
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("e", "one", "two"))
      << "what does not need it is stored";
  EXPECT_EQ(stores_->devices().Find(1, change.device_id).error().code, ErrorCode::kDataLoss);
}

// A read would cost more with each change of one key until it is written out.
TEST_F(EmbeddedStoresTest, ChangesOfOneKeyAreSummedUpBeforeTheyAreWrittenOut) {
  Open();
  const std::pair<Family, std::string> changes[] = {{Family::kDevices, DevicePatch().Encode()},
                                                    {Family::kFeedback, Feedback().Encode()}};
  for (const auto& [family, change] : changes) {
    auto* const handle = database_->family(family);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(database_->db().Merge({}, handle, "key", change).ok());
    rocksdb::GetMergeOperandsOptions most;
    most.expected_max_number_of_operands = 1000;
    std::vector<rocksdb::PinnableSlice> operands(1000);
    int count = 0;
    ASSERT_TRUE(database_->db().GetMergeOperands({}, handle, "key", operands.data(), &most, &count).ok());
    EXPECT_LE(count, 33);
  }
}

TEST_F(EmbeddedStoresTest, ADamagedBlockOfBatchIdsRefusesOnlyWhatNeedsIt) {
  Open();
  IngestBatch known = EventBatch(1, TestTime(0), "known");
  known.batch_id = TestGuid(7);
  Write({known});
  Compact(Family::kDedupe);
  const auto file = FileOf("dedupe");
  Close();
  std::string content = ReadFile(file);
  content[3] = static_cast<char>(content[3] ^ 0x10);  // in the first block of data
  WriteFile(file, content);
  Open();
  IngestBatch other = EventBatch(1, TestTime(0), "other");
  other.batch_id = TestGuid(8);
  IngestBatch again = known;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto outcomes = WriteEach(*stores_, {known, other, again, EventBatch(1, TestTime(0), "no id")});
    EXPECT_EQ(outcomes[0].fate, BatchFate::kRefused);
    EXPECT_EQ(outcomes[0].error.reason, kStoreDamaged);
    EXPECT_EQ(outcomes[1].fate, attempt == 0 ? BatchFate::kStored : BatchFate::kKnown);
    EXPECT_EQ(outcomes[2].fate, BatchFate::kRefused) << "it is no better off than the one that it repeats";
    EXPECT_EQ(outcomes[3].fate, BatchFate::kStored);
  }
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("known", "other", "no id", "no id"));
}

TEST_F(EmbeddedStoresTest, WhatAnOlderProgramRememberedIsGoneOnFrom) {
  Open();
  const std::string old("\x01\x00\x01\x01m\x02\x01\x03old", 11);  // a device with a memory, and no more
  const std::string key = keys::Encode(keys::GuidKey{1, TestGuid(1)});
  database_->db().Put({}, database_->family(Family::kDevices), key, old);
  EXPECT_EQ(stores_->memories().Find(1, TestGuid(1)), "old");
  Write({EventBatch(1, TestTime(0), "e")});
  EXPECT_EQ(stores_->memories().Find(1, TestGuid(1)), "old");
  IngestBatch batch = EventBatch(1, TestTime(0), "e");
  batch.complete = [](std::string& memory) {
    memory += " and new";
    return std::vector<PackedRecords>();
  };
  Write({batch});
  Open();
  EXPECT_EQ(stores_->memories().Find(1, TestGuid(1)), "old and new");
  batch.complete = [](std::string& memory) {
    memory.clear();
    return std::vector<PackedRecords>();
  };
  Write({batch});
  EXPECT_EQ(stores_->memories().Find(1, TestGuid(1)), "") << "it does not come back";
}

TEST_F(EmbeddedStoresTest, ADamagedSequenceIsDataLoss) {
  Open();
  database_->db().Put({}, database_->family(Family::kState), "sequence", "\x07");
  Close();
  const auto opened = TryOpen();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace rawhaul
