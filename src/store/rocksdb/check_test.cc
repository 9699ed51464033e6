// Checkpoints of the store, and what a check finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "store/device_state.h"
#include "store/rocksdb/embedded_stores.h"
#include "store/rocksdb/keys.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreCheckTest : public testing::Test {
 protected:
  StoreCheckTest() {
    auto database = RocksDatabase::Open(directory_.path() / "store", {}, clock_, rocksdb::Env::Default());
    database_ = database->get();
    stores_ = *MakeEmbeddedStores(*std::move(database));
  }

  void Write(std::string_view name) { ASSERT_TRUE(WriteAll(*stores_, {EventBatch(1, TestTime(0), name)})); }
  // Another process would not be let in, but the lock does not keep this one out.
  StoreCheck Check(const fs::path& directory) {
    const auto check = CheckEmbeddedStores(directory);
    EXPECT_TRUE(check) << check.error().message;
    return check.value_or(StoreCheck{});
  }
  std::vector<std::string> FindingsAfter(Family family, const std::string& key, const std::string& value) {
    rocksdb::WriteOptions options;
    options.sync = true;
    EXPECT_TRUE(database_->db().Put(options, database_->family(family), key, value).ok());
    return Check(directory_.path() / "store").findings;
  }
  fs::path Checkpoint() {
    const fs::path copy = directory_.path() / "copy";
    const Status made = stores_->Checkpoint(copy);
    EXPECT_TRUE(made) << made.error().message;
    return copy;
  }

  const TempDirectory directory_;
  const ManualClock clock_;
  RocksDatabase* database_ = nullptr;  // of stores_
  std::unique_ptr<EmbeddedStores> stores_;
};

std::string RecordKeyOf(uint64_t sequence) {
  return keys::Encode(keys::RecordKey{1, RecordKind::kEvent, HourOf(TestTime(0)), sequence});
}

TEST_F(StoreCheckTest, ACheckpointIsAStoreWithWhatWasThereThen) {
  Write("before");
  const fs::path copy = Checkpoint();
  Write("after");
  EXPECT_THAT(Check(copy).findings, IsEmpty());
  const auto opened = OpenEmbeddedStores(copy, {}, clock_);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(*AllEventNames(**opened, 1), ElementsAre("before"));
  EXPECT_EQ((*opened)->records().LastSequence(), 1u);
  EXPECT_THAT(*AllEventNames(*stores_, 1), ElementsAre("before", "after"));
}

TEST_F(StoreCheckTest, AWholeStoreHasNoFindingsAlsoWithRecordsInTheLog) {
  Write("one");
  Write("two");
  const StoreCheck check = Check(directory_.path() / "store");
  EXPECT_THAT(check.findings, IsEmpty());
  EXPECT_EQ(check.last_sequence, 2u);
}

TEST_F(StoreCheckTest, ACheckChangesNothing) {
  Write("one");
  const fs::path copy = Checkpoint();
  const auto files = [&] {
    std::map<fs::path, fs::file_time_type> out;
    for (const auto& entry : fs::directory_iterator(copy)) out.emplace(entry.path(), entry.last_write_time());
    return out;
  };
  const auto before = files();
  EXPECT_THAT(Check(copy).findings, IsEmpty());
  EXPECT_EQ(files(), before);
}

TEST_F(StoreCheckTest, EveryKindOfDamagedEntryIsAFinding) {
  Write("one");
  EXPECT_THAT(FindingsAfter(Family::kRecords, RecordKeyOf(1), "no batch"),
              ElementsAre(HasSubstr("the stored record")));
  EXPECT_THAT(FindingsAfter(Family::kDevices, "short", ""),
              testing::Contains(HasSubstr("the stored device 73686f7274")));
  EXPECT_THAT(FindingsAfter(Family::kFeedback, "short", ""),
              testing::Contains(HasSubstr("the stored feedback")));
  EXPECT_THAT(FindingsAfter(Family::kDedupe, "short", ""),
              testing::Contains(HasSubstr("the stored batch id")));
  EXPECT_THAT(FindingsAfter(Family::kUsers, "short", ""),
              testing::Contains(HasSubstr("the stored user 73686f7274")));
  EXPECT_THAT(FindingsAfter(Family::kMemory, "short", ""),
              testing::Contains(HasSubstr("the stored memory of a device 73686f7274")));
}

// As it is stored.
std::string EncodedEvent(std::string_view name) {
  ContentIds ids;
  return DeviceState(DevicePatch(), ids).Take(EventBatch(1, TestTime(0), name), ids).front().encoded;
}

TEST_F(StoreCheckTest, ARecordPastTheLastSequenceIsAFinding) {
  Write("one");
  const auto batch = EncodedEvent("of the future");
  EXPECT_THAT(FindingsAfter(Family::kRecords, RecordKeyOf(2), batch),
              ElementsAre(HasSubstr("past the last one, 1")));
}

TEST_F(StoreCheckTest, ARecordOfAnotherKindThanItsKeyIsAFinding) {
  Write("one");
  const auto batch = EncodedEvent("an event");
  const auto key = keys::Encode(keys::RecordKey{1, RecordKind::kCrash, HourOf(TestTime(0)), 1});
  EXPECT_THAT(FindingsAfter(Family::kRecords, key, batch),
              ElementsAre(HasSubstr("of another kind than its key")));
}

// Changes a byte of the file at a time, and expects that each is found.
void ExpectEachByteCounts(const fs::path& path) {
  const auto size = static_cast<std::streamoff>(fs::file_size(path));
  for (std::streamoff at = 0; at < size; at += 1 + size / 100) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    const auto put = [&](int value) {
      file.seekp(at);
      file.put(static_cast<char>(value)).flush();
    };
    put(byte ^ 0x20);
    const auto check = CheckEmbeddedStores(path.parent_path());
    EXPECT_FALSE(check && check->findings.empty()) << path << " at " << at << " of " << size;
    put(byte);
  }
}

TEST_F(StoreCheckTest, EveryChangedByteOfTablesLogAndManifestIsFound) {
  Write("in a table");
  const fs::path copy = Checkpoint();
  {
    const auto stores = *OpenEmbeddedStores(copy, {}, clock_);
    ASSERT_TRUE(WriteAll(*stores, {EventBatch(1, TestTime(0), "in the log")}));
  }
  stores_.reset();  // whose tables are those of the copy
  std::map<std::string, int> kinds;
  for (const auto& entry : fs::directory_iterator(copy)) {
    const std::string name = entry.path().filename().string();
    if (entry.file_size() == 0 || name.starts_with("OPTIONS") || name == "IDENTITY") continue;
    ++kinds[entry.path().extension().string()];
    ExpectEachByteCounts(entry.path());
  }
  EXPECT_GE(kinds[".sst"], 1);
  EXPECT_EQ(kinds[".log"], 1);
  EXPECT_EQ(kinds[""], 2) << "CURRENT and the manifest";
  EXPECT_THAT(Check(copy).findings, IsEmpty());
}

// A crash leaves it so, and the next start drops the rest; but so may damage.
TEST_F(StoreCheckTest, ALogThatEndsWithinARecordIsAFinding) {
  Write("one");
  const fs::path copy = directory_.path() / "copy";
  fs::copy(directory_.path() / "store", copy);
  for (const auto& entry : fs::directory_iterator(copy)) {
    if (entry.path().extension() == ".log") fs::resize_file(entry.path(), entry.file_size() - 1);
  }
  EXPECT_THAT(Check(copy).findings, ElementsAre(HasSubstr("a start of the server drops it")));
}

TEST_F(StoreCheckTest, AStoreThatIsNotThereYetIsWhole) {
  EXPECT_THAT(Check(directory_.path() / "none").findings, IsEmpty());
}

}  // namespace
}  // namespace rawhaul
