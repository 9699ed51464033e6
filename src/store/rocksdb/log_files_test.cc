#include "store/rocksdb/log_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <fstream>
#include <random>

#include "store/rocksdb/database.h"
#include "store/rocksdb/embedded_stores.h"
#include "store/rocksdb/log_writer.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr size_t kSector = 512;
constexpr size_t kBlock = size_t{32} << 10;

std::string ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const fs::path& file, std::string_view content) {
  std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::string Zeros(std::string content, size_t from, size_t to) {
  to = std::min(to, content.size());
  if (from < to)
    std::fill(content.begin() + static_cast<ptrdiff_t>(from), content.begin() + static_cast<ptrdiff_t>(to),
              '\0');
  return content;
}

class LogFilesTest : public testing::Test {
 protected:
  void Open() {
    stores_.reset();
    auto database = RocksDatabase::Open(store(), {}, clock_, rocksdb::Env::Default());
    ASSERT_TRUE(database.has_value()) << database.error().message;
    database_ = database->get();
    stores_ = *MakeEmbeddedStores(*std::move(database));
  }

  fs::path store() const { return directory_.path() / "store"; }

  // Where the log ends is noted behind each write.
  void Write(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const Status status = WriteAll(*stores_, {EventBatch(1, TestTime(0), name)});
      ASSERT_TRUE(status.has_value()) << status.error().message;
      ends_.push_back(fs::file_size(NewestLog()));
    }
  }

  std::vector<fs::path> Logs() const {
    std::vector<fs::path> logs;
    for (const auto& entry : fs::directory_iterator(store())) {
      if (entry.path().extension() == ".log") logs.push_back(entry.path());
    }
    std::sort(logs.begin(), logs.end());
    return logs;
  }
  fs::path NewestLog() const { return Logs().back(); }

  // Leaves the files as a process does that ends at once.
  void Crash() {
    fs::copy(store(), directory_.path() / "crashed", fs::copy_options::recursive);
    stores_.reset();
    fs::remove_all(store());
    fs::rename(directory_.path() / "crashed", store());
  }

  // A store that crashed after these writes, whose log is `content_`.
  void CrashAfter(const std::vector<std::string>& names) {
    Open();
    Write(names);
    Crash();
    content_ = ReadFile(NewestLog());
  }

  // How much is left of a log with this content.
  size_t Cut(const fs::path& log, const std::string& content) {
    WriteFile(log, content);
    const auto damages = ReadLogs(store(), TornWrite::kCut);
    EXPECT_TRUE(damages.has_value()) << damages.error().message;
    damages_ = damages->size();
    const std::string left = ReadFile(log);
    EXPECT_TRUE(content.starts_with(left));
    return left.size();
  }

  void ExpectRefused() {
    const auto opened = OpenEmbeddedStores(store(), {}, clock_);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss) << opened.error().message;
    EXPECT_THAT(opened.error().message, testing::HasSubstr("restore the data from a backup"));
    EXPECT_THAT(Findings(), ElementsAre(opened.error().message));
  }
  std::vector<std::string> Findings() { return CheckEmbeddedStores(store())->findings; }

  std::vector<std::string> Names() { return *AllEventNames(*stores_, 1); }

  TempDirectory directory_;
  ManualClock clock_;
  RocksDatabase* database_ = nullptr;
  std::unique_ptr<EmbeddedStores> stores_;
  std::vector<size_t> ends_;
  std::string content_;
  size_t damages_ = 0;  // that the last Cut() found
};

TEST_F(LogFilesTest, WhatIsWholeStays) {
  CrashAfter({"one", std::string(3 * kBlock, 'x'), "three"});
  EXPECT_EQ(Cut(NewestLog(), content_), content_.size());
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", std::string(3 * kBlock, 'x'), "three"));
}

TEST_F(LogFilesTest, ALastWriteWithAnyWrongByteIsDropped) {
  CrashAfter({"one", "two", "three"});
  for (size_t at = ends_[1]; at < content_.size(); ++at) {
    std::string torn = content_;
    torn[at] = static_cast<char>(torn[at] ^ 0x10);
    EXPECT_EQ(Cut(NewestLog(), torn), ends_[1]) << at;
    EXPECT_EQ(damages_, 0u);
  }
}

TEST_F(LogFilesTest, ALastWriteOfWhichOnlyTheFirstBytesAreThereIsDropped) {
  CrashAfter({"one", "two", "three"});
  for (size_t size = ends_[1]; size < content_.size(); ++size) {
    EXPECT_EQ(Cut(NewestLog(), content_.substr(0, size)), ends_[1]) << size;
    EXPECT_EQ(Cut(NewestLog(), Zeros(content_, size, content_.size())), ends_[1]) << size;
  }
}

TEST_F(LogFilesTest, TheStoreOpensWithoutTheTornWriteAndGoesOn) {
  CrashAfter({"one", "two", "three"});
  const std::string torn = Zeros(content_, ends_[1] + 20, ends_[1] + 60);
  WriteFile(NewestLog(), torn);
  EXPECT_THAT(
      Findings(),
      ElementsAre(testing::HasSubstr(fmt::format("no whole write at byte {}, where its last", ends_[1]))));
  EXPECT_EQ(ReadFile(NewestLog()), torn) << "a check changes nothing";
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two"));
  Write({"four"});
  Crash();
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two", "four"));
}

// The write spans blocks. Parts of it are there, in any order, as are parts of its last sector.
TEST_F(LogFilesTest, ALastWriteOfWhichAnySectorsAreMissingIsDropped) {
  CrashAfter({"one", std::string(5 * kBlock, 'x')});
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    std::string torn = content_;
    const unsigned keep = random() % 8;  // of eight sectors
    size_t missing = 0;
    for (size_t from = ends_[0]; from < torn.size(); from = from / kSector * kSector + kSector) {
      if (random() % 8 < keep) continue;
      torn = Zeros(torn, from, from / kSector * kSector + kSector);
      ++missing;
    }
    if (random() % 2 == 0) torn.resize(ends_[0] + random() % (torn.size() - ends_[0]));
    EXPECT_EQ(Cut(NewestLog(), torn), torn == content_ ? ends_[1] : ends_[0]) << round << ": " << missing;
  }
  Open();
  EXPECT_THAT(Names(), ElementsAre("one"));
}

// A write of another store, byte by byte, is what a client would send that knows how writes look.
TEST_F(LogFilesTest, WhatSomebodySentIsNoWriteHoweverMuchItLooksLikeOne) {
  CrashAfter({"sent"});
  const std::string sent = content_;
  fs::remove_all(store());
  ends_.clear();
  CrashAfter({"one", std::string(sent.size() + 200, 'x')});
  std::string torn = Zeros(content_, ends_[0], ends_[0] + 100);
  torn.replace(ends_[0] + 100, sent.size(), sent);
  EXPECT_EQ(Cut(NewestLog(), torn), ends_[0]);
  EXPECT_EQ(damages_, 0u);
}

// Also in the first one that has changes.
TEST_F(LogFilesTest, ALogBeginsWithAWriteOfNothingThatSomebodySent) {
  CrashAfter({"sent"});
  const std::string sent = content_;
  fs::remove_all(store());
  ends_.clear();
  Open();
  ASSERT_TRUE(
      database_->log().BetweenWrites([&] { return database_->db().Flush({}, database_->families()); }).ok());
  Write({std::string(sent.size() + 200, 'x')});
  Crash();
  content_ = ReadFile(NewestLog());
  std::string torn = Zeros(content_, 200, 300);
  torn.replace(300, sent.size(), sent);
  EXPECT_LT(Cut(NewestLog(), torn), 200u);
  EXPECT_EQ(damages_, 0u);
}

// Of a program that had no marks, or of the store that this one was restored from.
TEST_F(LogFilesTest, DamageOfALogWithOtherMarksIsSeenAsWell) {
  CrashAfter({"one", "two", "three"});
  WriteFile(store() / "IDENTITY", "another");
  const std::string damaged = Zeros(content_, ends_[0], ends_[0] + 20);
  EXPECT_EQ(Cut(NewestLog(), damaged), damaged.size());
  EXPECT_EQ(damages_, 1u);
  EXPECT_EQ(Cut(NewestLog(), Zeros(content_, ends_[1], ends_[1] + 20)), ends_[1]);
}

// A header fits into what is left of the block, or not quite, or nothing is left.
TEST_F(LogFilesTest, AWriteMayBeginAnywhereInABlock) {
  Open();
  Write({"one", std::string(1000, 'x')});
  const size_t around = ends_[1] - ends_[0] - 1000;  // the bytes of a write beside its name
  for (size_t left = 0; left <= 20; ++left) {
    const size_t size = kBlock - left - (ends_.back() + around) % kBlock;
    Write({std::string(size > kBlock ? size - kBlock : size, 'y')});
  }
  Crash();
  content_ = ReadFile(NewestLog());
  EXPECT_EQ(Cut(NewestLog(), content_), content_.size());
  for (size_t i = 1; i < ends_.size(); ++i) {
    const std::string until = content_.substr(0, ends_[i]);
    const size_t middle = (ends_[i - 1] + ends_[i]) / 2;
    EXPECT_EQ(Cut(NewestLog(), Zeros(until, ends_[i - 1], middle)), ends_[i - 1]) << i;
    const std::string damaged = Zeros(content_, ends_[i - 1], middle);
    if (i + 1 < ends_.size()) {
      EXPECT_EQ(Cut(NewestLog(), damaged), damaged.size()) << i;
    }
  }
}

TEST_F(LogFilesTest, AWrongByteBeforeAnotherWriteIsDamageAndStays) {
  CrashAfter({"one", "two", "three"});
  for (size_t at = 0; at < ends_[1]; ++at) {
    std::string damaged = content_;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_EQ(Cut(NewestLog(), damaged), damaged.size()) << at;
    EXPECT_EQ(damages_, 1u) << at;
  }
  ExpectRefused();
}

// RocksDB would pass over the rest of the block in silence.
TEST_F(LogFilesTest, AHeaderOfZerosBeforeAnotherWriteIsDamageAndStays) {
  CrashAfter({"one", "two", "three"});
  const std::string damaged = Zeros(content_, ends_[0], ends_[0] + 20);
  EXPECT_EQ(Cut(NewestLog(), damaged), damaged.size());
  ExpectRefused();
}

TEST_F(LogFilesTest, DamageFarBeforeTheLastWriteIsDamageAndStays) {
  CrashAfter({"one", std::string(3 * kBlock, 'x'), "three"});
  for (const size_t at :
       {ends_[0], ends_[0] + 5, ends_[0] + 100, kBlock + 5, kBlock + 100, ends_[1] - kSector}) {
    const std::string damaged = Zeros(content_, at, at + kSector);
    EXPECT_EQ(Cut(NewestLog(), damaged), damaged.size()) << at;
    EXPECT_EQ(damages_, 1u) << at;
    ExpectRefused();
  }
}

TEST_F(LogFilesTest, AFirstWriteThatIsTornLeavesAnEmptyLog) {
  CrashAfter({"one"});
  EXPECT_EQ(Cut(NewestLog(), Zeros(content_, 0, content_.size() - 1)), 0u);
  Open();
  EXPECT_THAT(Names(), testing::IsEmpty());
}

TEST_F(LogFilesTest, AnEndOfZerosIsCutOff) {
  CrashAfter({"one", "two"});
  EXPECT_EQ(Cut(NewestLog(), content_ + std::string(3 * kBlock, '\0')), content_.size());
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two"));
}

// A log that is not the newest one.
class OlderLogTest : public LogFilesTest {
 protected:
  // Memory of records alone is written out, so that the older log is still needed.
  void CrashAfterTwoLogs(const std::vector<std::string>& newer) {
    Open();
    Write({"one", "two"});
    older_ = NewestLog();
    content_ = ReadFile(older_);
    ASSERT_TRUE(database_->db().Flush({}, database_->family(Family::kRecords)).ok());
    ASSERT_NE(NewestLog(), older_);
    Write(newer);
    Crash();
  }

  fs::path older_;
};

TEST_F(OlderLogTest, ItsTornEndIsCutOffWhenTheNewerOnesHoldNothing) {
  CrashAfterTwoLogs({});
  for (const size_t zeros : {size_t{0}, size_t{100}, 2 * kBlock}) {
    WriteFile(NewestLog(), std::string(zeros, '\0'));
    EXPECT_EQ(Cut(older_, content_ + content_.substr(ends_[0], 30)), content_.size());
    EXPECT_EQ(fs::file_size(NewestLog()), 0u);
  }
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two"));
}

TEST_F(OlderLogTest, ItsDamageStaysWhenANewerOneHoldsAWrite) {
  CrashAfterTwoLogs({"three"});
  for (const std::string& damaged : {Zeros(content_, ends_[0], ends_[0] + 20),
                                     content_.substr(0, ends_[1] - 1), content_.substr(0, ends_[0])}) {
    EXPECT_EQ(Cut(older_, damaged), damaged.size());
    ExpectRefused();
  }
}

// A write failed, all of the memory was written out, and the process ended before it had removed the log.
TEST_F(OlderLogTest, DamageOfALogThatIsNotNeededAnyMoreIsPassedOver) {
  Open();
  Write({"one", "two"});
  older_ = NewestLog();
  content_ = ReadFile(older_);
  ASSERT_TRUE(database_->db().Flush({}, database_->families()).ok());
  Write({"three"});
  Crash();
  WriteFile(older_, Zeros(content_, ends_[0], ends_[0] + 20));
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two", "three"));
}

// Such a log comes to be when RocksDB begins it in the middle of a write.
TEST_F(OlderLogTest, AFirstWriteThatIsTornHasMarksWhenOlderOnesHaveThem) {
  CrashAfter({"sent"});
  const std::string sent = content_;
  fs::remove_all(store());
  ends_.clear();
  CrashAfterTwoLogs({"three"});
  const std::string torn = std::string(100, '\0') + sent + std::string(100, '\0');
  EXPECT_EQ(Cut(NewestLog(), torn), 0u);
  EXPECT_EQ(damages_, 0u);
}

TEST_F(OlderLogTest, ATornWriteIsTakenFromTheNewestAlone) {
  CrashAfterTwoLogs({"three", "four"});
  const std::string newer = ReadFile(NewestLog());
  EXPECT_EQ(Cut(NewestLog(), Zeros(newer, ends_[2] + 3, ends_[2] + 90)), ends_[2]);
  EXPECT_EQ(ReadFile(older_), content_);
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two", "three"));
}

TEST_F(LogFilesTest, NothingIsTakenFromALogThatIsOpen) {
  Open();
  Write({"one"});
  const fs::path log = NewestLog();
  std::ofstream(log, std::ios::binary | std::ios::app) << "begun";
  const auto second = OpenEmbeddedStores(store(), {}, clock_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(fs::file_size(log), ends_[0] + 5);
}

// A manifest is never appended to once CURRENT names it: what is appended may be torn.
TEST_F(LogFilesTest, EachChangeOfTheTablesWritesANewManifest) {
  Open();
  for (const char* name : {"one", "two"}) {
    const std::string before = ReadFile(store() / "CURRENT");
    const fs::path manifest = store() / before.substr(0, before.size() - 1);
    const std::string content = ReadFile(manifest);
    fs::create_hard_link(manifest, directory_.path() / name);
    Write({name});
    ASSERT_TRUE(database_->db().Flush({}, database_->family(Family::kRecords)).ok());
    EXPECT_NE(ReadFile(store() / "CURRENT"), before);
    EXPECT_EQ(ReadFile(directory_.path() / name), content);
  }
  Crash();
  Open();
  EXPECT_THAT(Names(), ElementsAre("one", "two"));
}

}  // namespace
}  // namespace rawhaul
