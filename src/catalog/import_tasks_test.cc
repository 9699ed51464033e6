#include <gtest/gtest.h>

#include "catalog/catalog_testing.h"

namespace rawhaul {
namespace {

Timestamp At(int64_t millis) { return FromMillis(1'461'663'000'000 + millis); }

class ImportTasksTest : public ::testing::Test {
 protected:
  uint32_t MakeApp(const std::string& name) {
    return catalog_->apps()
        .Create({"sub", "group", "collection", name}, "ios", name, "hash", At(0))
        .value()
        .id;
  }
  uint64_t Create(int64_t created = 0) {
    return imports_.Create(app_, "https://a.example/c/b", "sealed\x01", At(created)).value();
  }
  ImportTask Get(uint64_t id) { return imports_.Find(app_, id).value().value(); }
  std::vector<uint64_t> Ids(const TaskCatalog::Page& page) {
    std::vector<uint64_t> ids;
    const auto tasks = imports_.List(app_, page);
    for (const ImportTask& task : tasks.value()) ids.push_back(task.id);
    return ids;
  }

  TemporaryCatalog catalog_;
  ImportCatalog& imports_ = catalog_->imports();
  const uint32_t app_ = MakeApp("app");
  const uint32_t other_app_ = MakeApp("other");
};

TEST_F(ImportTasksTest, ANewTaskIsQueued) {
  const uint64_t id = Create(7);
  const ImportTask task = Get(id);
  EXPECT_EQ(task.id, id);
  EXPECT_EQ(task.app, app_);
  EXPECT_EQ(task.storage_url, "https://a.example/c/b");
  EXPECT_EQ(task.state, TaskState::kQueued);
  EXPECT_EQ(task.created, At(7));
  EXPECT_EQ(task.completed, std::nullopt);
  EXPECT_EQ(task.error_details, std::nullopt);
  EXPECT_EQ(imports_.SealedUrl(id), "sealed\x01");
  EXPECT_FALSE(imports_.Find(other_app_, id)->has_value());
  EXPECT_FALSE(imports_.Find(app_, id + 1)->has_value());
}

TEST_F(ImportTasksTest, AnEndedTaskHasNoUrlAndDoesNotChange) {
  const uint64_t failed = Create();
  ASSERT_TRUE(imports_.MarkStarted(failed));
  EXPECT_EQ(Get(failed).state, TaskState::kStarted);
  ASSERT_TRUE(imports_.MarkStarted(failed)) << "by the next server";
  ASSERT_TRUE(imports_.MarkEnded(failed, TaskState::kFailed, At(9), "BlobNotFound"));
  EXPECT_EQ(Get(failed).state, TaskState::kFailed);
  EXPECT_EQ(Get(failed).completed, At(9));
  EXPECT_EQ(Get(failed).error_details, "BlobNotFound");
  EXPECT_EQ(imports_.SealedUrl(failed).error().code, ErrorCode::kConflict);
  EXPECT_EQ(imports_.MarkStarted(failed).error().code, ErrorCode::kConflict);
  EXPECT_EQ(imports_.MarkEnded(failed, TaskState::kSucceeded, At(10), std::nullopt).error().code,
            ErrorCode::kConflict);
  const uint64_t succeeded = Create();
  ASSERT_TRUE(imports_.MarkEnded(succeeded, TaskState::kSucceeded, At(9), std::nullopt));
  EXPECT_EQ(Get(succeeded).error_details, std::nullopt);
  EXPECT_EQ(imports_.MarkStarted(succeeded + 1).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(imports_.SealedUrl(succeeded + 1).error().code, ErrorCode::kNotFound);
}

TEST_F(ImportTasksTest, WhatIsUnfinishedIsFoundByTheNextServer) {
  const uint64_t started = Create();
  const uint64_t ended = Create();
  const uint64_t queued = Create();
  ASSERT_TRUE(imports_.MarkStarted(started));
  ASSERT_TRUE(imports_.MarkEnded(ended, TaskState::kSucceeded, At(1), std::nullopt));
  const auto catalog = OpenSqliteCatalog(catalog_.directory().file(), OldSchema::kMigrate).value();
  const auto unfinished = catalog->imports().ListUnfinished().value();
  ASSERT_EQ(unfinished.size(), 2u);
  EXPECT_EQ(unfinished[0].id, started);
  EXPECT_EQ(unfinished[1].id, queued);
}

TEST_F(ImportTasksTest, PagesHaveAnOrderAndAnApp) {
  const uint64_t a = Create(3);
  const uint64_t b = Create(1);
  const uint64_t c = Create(2);
  imports_.Create(other_app_, "url", "sealed", At(0)).value();
  ASSERT_TRUE(imports_.MarkEnded(b, TaskState::kFailed, At(9), "why"));
  EXPECT_EQ(Ids({}), (std::vector{a, b, c}));
  EXPECT_EQ(Ids({.skip = 1, .top = 1}), (std::vector{b}));
  EXPECT_EQ(Ids({.order = TaskOrder::kCreated, .descending = true}), (std::vector{a, c, b}));
  EXPECT_EQ(Ids({.order = TaskOrder::kState}), (std::vector{b, a, c}));
  EXPECT_EQ(Ids({.order = TaskOrder::kErrorDetails}), (std::vector{b, a, c}));
}

TEST_F(ImportTasksTest, ATaskWaitsForItsStorageUntilItEnds) {
  const uint64_t id = Create();
  ASSERT_TRUE(imports_.MarkStarted(id));
  ASSERT_TRUE(imports_.MarkWaiting(id, At(100), "no answer"));
  ASSERT_TRUE(imports_.MarkStarted(id)) << "tried again";
  EXPECT_EQ(Get(id).wait, (TaskWait{WaitsFor::kStorage, At(100)}));
  EXPECT_EQ(Get(id).error_details, "no answer");
  EXPECT_EQ(imports_.ListUnfinished()->at(0).wait, Get(id).wait);
  ASSERT_TRUE(imports_.MarkEnded(id, TaskState::kSucceeded, At(9), std::nullopt));
  EXPECT_FALSE(Get(id).wait);
  EXPECT_FALSE(Get(id).error_details);
  EXPECT_EQ(imports_.MarkWaiting(id, At(100), "").error().code, ErrorCode::kConflict);
  EXPECT_EQ(imports_.MarkWaiting(id + 1, At(100), "").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rawhaul
