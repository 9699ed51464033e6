#include "app/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "catalog/catalog.h"
#include "model/campaign_content.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using std::chrono::hours;

class RestoreTest : public testing::Test {
 protected:
  RestoreTest() { EXPECT_TRUE(data_.Init().has_value()); }

  std::unique_ptr<EmbeddedStores> OpenStores(const DataDirectory& data) const {
    return *OpenEmbeddedStores(data.store(), {}, clock_);
  }

  static uint32_t CreateApp(Catalog& catalog, const std::string& name) {
    return catalog.apps()
        .Create({"sub", "group", "collection", name}, "ios", name, "hash", FromMillis(1))
        ->id;
  }

  // The next number of each kind.
  struct Numbers {
    uint64_t sequence;
    uint64_t app;
    uint64_t export_task;
    uint64_t import_task;
    uint64_t campaign;
    uint64_t test;

    std::vector<uint64_t> all() const { return {sequence, app, export_task, import_task, campaign, test}; }
  };
  Numbers GiveOut(const DataDirectory& data) {
    const auto catalog = *data.OpenCatalog();
    const uint32_t app = CreateApp(*catalog, "app " + std::to_string(++apps_));
    const auto stores = OpenStores(data);
    EXPECT_TRUE(WriteAll(*stores, {EventBatch(app, TestTime(0), "event")}).has_value());
    ExportRequest request;
    request.app = app;
    const CampaignPush push{CampaignType::kPoll, 0, "{}", clock_.Now() + hours(1)};
    const auto content = *ParseCampaignContent(R"({"name":"a"})", CampaignType::kPoll);
    return {.sequence = stores->records().LastSequence(),
            .app = app,
            .export_task = *catalog->tasks().Create(request, 1, "url", FromMillis(1)),
            .import_task = *catalog->imports().Create(app, "url", "sealed", FromMillis(1)),
            .campaign = catalog->campaigns().Create(app, CampaignType::kPoll, content)->id,
            .test = *catalog->pushes().PushTest(app, push, TestGuid(1), clock_.Now())};
  }

  DataDirectory Restore(const std::string& name) {
    const auto restored = rawhaul::Restore(backup_, directory_.path() / name, clock_);
    EXPECT_TRUE(restored.has_value()) << restored.error().message;
    return DataDirectory(directory_.path() / name);
  }

  void BackUp() {
    const auto made = rawhaul::BackUp(data_, backup_, clock_);
    ASSERT_TRUE(made.has_value()) << made.error().message;
  }

  static void ExpectBehind(const Numbers& later, const Numbers& earlier) {
    for (size_t i = 0; i < later.all().size(); ++i) EXPECT_GT(later.all()[i], earlier.all()[i]) << i;
  }

  const TempDirectory directory_;
  const DataDirectory data_{directory_.path() / "data"};
  const std::filesystem::path backup_ = directory_.path() / "backup";
  ManualClock clock_{*ParseTimestamp("2026-11-28T12:00:00Z")};
  int apps_ = 0;
};

// The lost server gave numbers after the backup, which its clients have seen.
TEST_F(RestoreTest, NumbersThatWereGivenOutAfterTheBackupAreNotGivenAgain) {
  GiveOut(data_);
  BackUp();
  const Numbers lost = GiveOut(data_);
  clock_.Advance(hours(1));
  ExpectBehind(GiveOut(Restore("restored")), lost);
}

TEST_F(RestoreTest, TwoCopiesOfOneBackupGiveOutDifferentNumbers) {
  GiveOut(data_);
  BackUp();
  clock_.Advance(hours(1));
  const DataDirectory first = Restore("first");
  clock_.Advance(hours(1));
  const DataDirectory second = Restore("second");
  Numbers of_first = GiveOut(first);
  for (int i = 0; i < 10; ++i) of_first = GiveOut(first);
  ExpectBehind(GiveOut(second), of_first);
}

TEST_F(RestoreTest, ABackupOfACopyGoesOnBehindIt) {
  BackUp();
  const DataDirectory first = Restore("first");
  const Numbers of_first = GiveOut(first);
  ASSERT_TRUE(rawhaul::BackUp(first, directory_.path() / "second backup", clock_).has_value());
  const Numbers lost = GiveOut(first);
  clock_.Advance(hours(1));
  ASSERT_TRUE(rawhaul::Restore(directory_.path() / "second backup", directory_.path() / "second", clock_)
                  .has_value());
  ExpectBehind(GiveOut(DataDirectory(directory_.path() / "second")), lost);
  ExpectBehind(lost, of_first);
}

TEST_F(RestoreTest, NoCopyIsMadeWithinWhatItIsOf) {
  namespace fs = std::filesystem;
  fs::create_directory_symlink(data_.root(), directory_.path() / "link");
  for (const fs::path& inside : {data_.root() / "backup", directory_.path() / "link" / "backup",
                                 fs::relative(data_.root()) / "keys" / ".." / "backup"}) {
    const auto made = rawhaul::BackUp(data_, inside, clock_);
    ASSERT_FALSE(made.has_value()) << inside;
    EXPECT_THAT(made.error().message, testing::HasSubstr("within the data in " + data_.root().string()));
  }
  EXPECT_FALSE(fs::exists(data_.root() / "backup"));
  BackUp();
  const auto restored = rawhaul::Restore(backup_, backup_ / "data", clock_);
  ASSERT_FALSE(restored.has_value());
  EXPECT_THAT(restored.error().message, testing::HasSubstr("within the backup in " + backup_.string()));
  EXPECT_FALSE(fs::exists(backup_ / "data"));
  EXPECT_TRUE(rawhaul::BackUp(data_, data_.root().string() + " of today", clock_).has_value());
}

// It was made after the catalog was copied, and before the store was.
TEST_F(RestoreTest, AnAppThatTheStoreAloneKnowsHasItsIdForItself) {
  constexpr uint32_t kUnknown = 4'000'000'000;
  EXPECT_TRUE(WriteAll(*OpenStores(data_), {EventBatch(kUnknown, TestTime(0), "another's")}).has_value());
  BackUp();
  const DataDirectory restored = Restore("restored");
  const uint32_t app = CreateApp(**restored.OpenCatalog(), "new");
  EXPECT_GT(app, kUnknown);
  EXPECT_THAT(*AllEventNames(*OpenStores(restored), app), testing::IsEmpty());
}

TEST_F(RestoreTest, WhatWasBackedUpIsThere) {
  const Numbers before = GiveOut(data_);
  BackUp();
  const DataDirectory restored = Restore("restored");
  EXPECT_THAT(*AllEventNames(*OpenStores(restored), static_cast<uint32_t>(before.app)),
              testing::ElementsAre("event"));
  const auto catalog = *restored.OpenCatalog();
  EXPECT_TRUE((*catalog->tasks().Find(static_cast<uint32_t>(before.app), before.export_task)).has_value());
}

}  // namespace
}  // namespace rawhaul
