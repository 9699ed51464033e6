// An error of the disk, after RocksDB has written out its memory in each of the ways it does.
#include "store/rocksdb/log_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "store/rocksdb/faulty_disk_testing.h"
#include "store/rocksdb/write_errors.h"

namespace rawhaul {
namespace {

using testing::ElementsAreArray;

const FeedbackKey kAnswered{CampaignType::kAnnouncement, 7, TestGuid(1)};

// A batch that has something for each family. Numbers are unlike each other.
IngestBatch BatchOfAll(uint64_t number, std::string_view name) {
  IngestBatch batch = EventBatch(1, TestTime(0), name);
  batch.batch_id = TestGuid(number, 9);
  batch.device.SetTag(kUserIdTag, "user " + std::to_string(number), TestTime(static_cast<int>(number)));
  batch.feedback.emplace_back(kAnswered, Feedback{1, TestTime(0), TestTime(static_cast<int>(number))});
  return batch;
}

class FlushAndFault : public FaultyStores {
 public:
  bool TryWrite(size_t name_size = 0) {
    const std::string name = std::to_string(next_) + std::string(name_size, 'x');
    if (!WriteAll(*stores, {BatchOfAll(next_, name)})) return false;
    ++next_;
    names_.push_back(name);
    return true;
  }

  // Until it is refused, or `done`.
  void WriteUntil(const std::function<bool()>& done) {
    for (int i = 0; i < 10'000 && !done(); ++i) {
      if (!TryWrite(10'000)) return;
    }
    AwaitFlushes();
  }

  uint64_t FilesOf(Family family) const {
    uint64_t files = 0;
    for (int level = 0; level < 7; ++level) {
      std::string count;
      database->db().GetProperty(database->family(family),
                                 "rocksdb.num-files-at-level" + std::to_string(level), &count);
      files += std::stoull(count);
    }
    return files;
  }

  // The flushes that were asked for are done: an error of the disk meets none.
  void AwaitFlushes() const {
    const auto is_pending = [&](rocksdb::ColumnFamilyHandle* family) {
      uint64_t pending = 0;
      database->db().GetIntProperty(family, rocksdb::DB::Properties::kMemTableFlushPending, &pending);
      return pending > 0;
    };
    do {
      database->db().PauseBackgroundWork();
      database->db().ContinueBackgroundWork();
    } while (std::any_of(database->families().begin(), database->families().end(), is_pending));
  }

  // All that was acknowledged is there, once, and nothing else.
  void ExpectWhatWasAcknowledged() {
    EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAreArray(names_));
    const std::string user = "user " + std::to_string(next_ - 1);
    EXPECT_EQ(stores->devices().FindByUser(1, user)->size(), 1u);
    EXPECT_TRUE(stores->devices().FindByUser(1, "user " + std::to_string(next_))->empty());
    EXPECT_EQ((*stores->feedback().Find(1, kAnswered))->last, TestTime(static_cast<int>(next_ - 1)));
    for (const uint64_t known : {uint64_t{1}, next_ - 1})
      EXPECT_TRUE(WriteAll(*stores, {BatchOfAll(known, "again")}).has_value());
    EXPECT_THAT(*AllEventNames(*stores, 1), ElementsAreArray(names_));
  }

 private:
  uint64_t next_ = 1;
  std::vector<std::string> names_;
};

struct Flush {
  std::string name;
  std::function<void(FlushAndFault&)> run;
};

void PrintTo(const Flush& flush, std::ostream* out) { *out << flush.name; }

const std::vector<Flush> kFlushes{
    {"None", [](FlushAndFault&) {}},
    {"Checkpoint",
     [](FlushAndFault& on) {
       EXPECT_TRUE(on.stores->Checkpoint(on.directory.path() / "checkpoint").has_value());
     }},
    {"Manual",
     [](FlushAndFault& on) {
       const auto flush = [&] { return on.database->db().Flush({}, on.database->families()); };
       EXPECT_TRUE(on.database->log().BetweenWrites(flush).ok());
     }},
    {"Start", [](FlushAndFault& on) { on.Open(); }},
    {"Resume",
     [](FlushAndFault& on) {
       on.fault = Fault::kSyncFails;
       EXPECT_FALSE(on.TryWrite());
       on.fault = Fault::kNone;
       EXPECT_TRUE(on.database->log().Resume().ok());
     }},
    {"FailedResume",
     [](FlushAndFault& on) {
       on.fault = Fault::kSyncFails;
       EXPECT_FALSE(on.TryWrite());
       EXPECT_FALSE(on.database->log().Resume().ok());
       on.fault = Fault::kNone;
       EXPECT_TRUE(on.database->log().Resume().ok());
     }},
    {"WriteBuffer",
     [](FlushAndFault& on) {
       const uint64_t before = on.FilesOf(Family::kRecords);
       on.WriteUntil([&] { return on.FilesOf(Family::kRecords) > before; });
     }},
    // What is hardly ever written is written out only when logs become too many.
    {"LogLimit",
     [](FlushAndFault& on) {
       const uint64_t before = on.FilesOf(Family::kFeedback);
       on.WriteUntil([&] { return on.FilesOf(Family::kFeedback) > before; });
     }},
};

struct Strike {
  std::string name;
  Fault fault;
};

void PrintTo(const Strike& strike, std::ostream* out) { *out << strike.name; }

const std::vector<Strike> kStrikes{
    {"Full", Fault::kFull}, {"AppendFails", Fault::kAppendFails}, {"SyncFails", Fault::kSyncFails}};

class LogWriterTest : public FlushAndFault, public testing::TestWithParam<std::tuple<Flush, Strike>> {};

TEST_P(LogWriterTest, TheStoreWritesAgainAfterAFault) {
  const auto& [flush, strike] = GetParam();
  Open();
  ASSERT_TRUE(TryWrite());
  flush.run(*this);
  fault = strike.fault;
  EXPECT_FALSE(TryWrite());
  fault = Fault::kNone;
  ASSERT_TRUE(TryWrite());
  ExpectWhatWasAcknowledged();
  Open();
  ExpectWhatWasAcknowledged();
}

TEST_P(LogWriterTest, WhatWasRefusedIsNotThereWhenTheServerEndsBeforeTheNextWrite) {
  const auto& [flush, strike] = GetParam();
  Open();
  ASSERT_TRUE(TryWrite());
  flush.run(*this);
  fault = strike.fault;
  EXPECT_FALSE(TryWrite());
  fault = Fault::kNone;
  ASSERT_TRUE(stores->ingest().CheckWritable().has_value());
  Open();
  ExpectWhatWasAcknowledged();
}

INSTANTIATE_TEST_SUITE_P(All, LogWriterTest,
                         testing::Combine(testing::ValuesIn(kFlushes), testing::ValuesIn(kStrikes)),
                         [](const auto& tested) {
                           return std::get<0>(tested.param).name + std::get<1>(tested.param).name;
                         });

class NewLogTest : public FlushAndFault, public testing::TestWithParam<Flush> {};

// The write that makes RocksDB begin a log is the one that fails.
TEST_P(NewLogTest, TheStoreWritesAgainWhenTheFirstWriteIntoANewLogFails) {
  Open();
  ASSERT_TRUE(TryWrite());
  GetParam().run(*this);
  fault = Fault::kNewLogFails;
  bool is_refused = false;
  for (int i = 0; i < 1000 && !is_refused; ++i) is_refused = !TryWrite(10'000);
  ASSERT_TRUE(is_refused);
  fault = Fault::kNone;
  ASSERT_TRUE(TryWrite());
  Open();
  ExpectWhatWasAcknowledged();
}

INSTANTIATE_TEST_SUITE_P(All, NewLogTest, testing::ValuesIn(kFlushes),
                         [](const auto& tested) { return tested.param.name; });

// What keeps a server from resuming may take long; who sends is answered meanwhile.
TEST(ResumeTest, WritesAreRefusedWhileTheStoreIsBeingResumed) {
  EmbeddedStoreOptions options = kSmall;
  options.resume_patience = std::chrono::milliseconds(10);
  FlushAndFault on;
  on.Open(options);
  ASSERT_TRUE(on.TryWrite());
  on.fault = Fault::kSyncFails;
  EXPECT_FALSE(on.TryWrite());
  on.fault = Fault::kCreateHangs;
  for (int attempt = 0; attempt < 3; ++attempt) EXPECT_FALSE(on.TryWrite());
  on.fault = Fault::kNone;
  on.fault.notify_all();
  for (int attempt = 0; attempt < 10'000 && !on.TryWrite(); ++attempt) {
  }
  on.ExpectWhatWasAcknowledged();
}

// A compaction that found no room, alone, and with a write or a flush behind it that found none either.
TEST(ResumeTest, TheStoreWritesAndCompactsAgainAfterACompactionThatFoundNoRoom) {
  for (const std::string behind : {"nothing", "write", "flush"}) {
    FlushAndFault on;
    on.Open();
    // CompactRange would write memory out first.
    const auto compact = [&] {
      rocksdb::ColumnFamilyMetaData family;
      on.database->db().GetColumnFamilyMetaData(on.database->family(Family::kDevices), &family);
      std::vector<std::string> files;
      for (const auto& level : family.levels) {
        for (const auto& file : level.files) files.push_back(file.name);
      }
      return on.database->db().CompactFiles({}, on.database->family(Family::kDevices), files, 6);
    };
    const auto flush = [&] { return on.database->db().Flush({}, on.database->families()); };
    for (int file = 0; file < 2; ++file) {
      ASSERT_TRUE(on.TryWrite());
      ASSERT_TRUE(on.database->log().BetweenWrites(flush).ok());
    }
    ASSERT_TRUE(on.TryWrite());
    on.fault = Fault::kFull;
    ASSERT_FALSE(compact().ok());
    if (behind == "write") {
      ASSERT_FALSE(on.TryWrite());
    }
    if (behind == "flush") {
      ASSERT_FALSE(on.database->log().BetweenWrites(flush).ok());
    }
    on.fault = Fault::kNone;
    ASSERT_TRUE(on.TryWrite() || on.TryWrite()) << behind;  // the first one may be who sees the error
    const rocksdb::Status compacted = compact();
    EXPECT_TRUE(compacted.ok()) << behind << ": " << compacted.ToString();
    on.Open();
    on.ExpectWhatWasAcknowledged();
  }
}

// Until then the failed log would be read by a start. RocksDB does not wait any more after its first error.
TEST(ResumeTest, AllIsWrittenOutWhenItReturns) {
  FaultyStores faulty;
  faulty.Open();
  for (int round = 0; round < 5; ++round) {
    faulty.fault = Fault::kSyncFails;
    EXPECT_FALSE(faulty.Write("refused"));
    faulty.fault = Fault::kNone;
    ASSERT_TRUE(faulty.database->log().Resume().ok());
    uint64_t left = 1;
    faulty.database->db().GetAggregatedIntProperty(rocksdb::DB::Properties::kNumImmutableMemTable, &left);
    EXPECT_EQ(left, 0u) << round;
    EXPECT_TRUE(faulty.Write("stored"));
  }
}

// The log is new when memory cannot be written out, and the next write is refused for that.
TEST(ResumeTest, ALogThatNoWriteGotToNeedNotBeLeft) {
  FaultyStores faulty;
  faulty.Open();
  rocksdb::DB& db = faulty.database->db();
  const auto& families = faulty.database->families();
  ASSERT_TRUE(KeepSomethingInMemory(db, families).ok());
  faulty.fault = Fault::kSyncFails;
  ASSERT_FALSE(db.Flush({}, families).ok());
  rocksdb::WriteBatch changes;
  changes.Put(faulty.database->family(Family::kState), "key", "value");
  ASSERT_FALSE(db.Write({}, &changes).ok());
  faulty.fault = Fault::kNone;
  EXPECT_TRUE(ResumeWriting(db, families, CurrentLog(db), std::chrono::minutes(1)).ok());
  EXPECT_TRUE(db.Write({}, &changes).ok());
}

// Nobody does so but through LogWriter, which keeps something in memory.
TEST(ResumeDeathTest, ADatabaseThatWouldGoOnWithTheFailedLogEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto resume = [] {
    FaultyStores faulty;
    faulty.Open();
    rocksdb::DB& db = faulty.database->db();
    if (!db.Flush({}, faulty.database->families()).ok()) std::_Exit(1);
    faulty.fault = Fault::kSyncFails;
    rocksdb::WriteBatch changes;
    changes.Put(faulty.database->family(Family::kState), "key", "value");
    rocksdb::WriteOptions options;
    options.sync = true;
    if (db.Write(options, &changes).ok()) std::_Exit(2);
    faulty.fault = Fault::kNone;
    const auto failed_log = CurrentLog(db);
    (void)ResumeWriting(db, faulty.database->families(), failed_log, std::chrono::minutes(1));
  };
  EXPECT_EXIT(resume(), testing::ExitedWithCode(kResumeFailed), "start it again");
}

// A manifest that cannot be written refuses no write that is in the log and in memory already.
TEST(ManifestTest, AWriteIntoANewLogIsStoredIfItIsAcknowledgedAndOnlyThen) {
  FlushAndFault faulty;
  faulty.Open();
  ASSERT_TRUE(faulty.TryWrite());
  rocksdb::DB& db = faulty.database->db();
  db.PauseBackgroundWork();  // the flush begins the log and does no more
  rocksdb::FlushOptions begin;
  begin.wait = false;
  begin.allow_write_stall = true;
  ASSERT_TRUE(db.Flush(begin, faulty.database->families()).ok());
  faulty.fault = Fault::kCreateFails;
  faulty.TryWrite();
  faulty.fault = Fault::kNone;
  db.ContinueBackgroundWork();
  EXPECT_TRUE(faulty.TryWrite(1));
  faulty.ExpectWhatWasAcknowledged();
  faulty.Open();
  faulty.ExpectWhatWasAcknowledged();
}

}  // namespace
}  // namespace rawhaul
