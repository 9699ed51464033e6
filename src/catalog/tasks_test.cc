#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <limits>
#include <thread>

#include "catalog/catalog_testing.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();

Timestamp At(int64_t millis) { return FromMillis(1'461'663'000'000 + millis); }

class TasksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    app_ = MakeApp("app");
    other_app_ = MakeApp("other");
  }

  uint32_t MakeApp(const std::string& name) {
    return catalog_->apps()
        .Create({"sub", "group", "collection", name}, "ios", name, "hash", At(0))
        .value()
        .id;
  }

  uint64_t Create(int64_t created = 0) { return CreateFor(app_, created); }
  uint64_t CreateFor(uint32_t app, int64_t created = 0) {
    ExportRequest request;
    request.app = app;
    return tasks_.Create(request, 1, "sealed", At(created)).value();
  }

  ExportTask Get(uint64_t id) { return tasks_.Find(app_, id).value().value(); }

  std::vector<uint64_t> Ids(const TaskCatalog::Page& page) {
    std::vector<uint64_t> ids;
    const auto tasks = tasks_.List(app_, page);
    for (const ExportTask& task : tasks.value()) ids.push_back(task.id);
    return ids;
  }

  TemporaryCatalog catalog_;
  TaskCatalog& tasks_ = catalog_->tasks();
  uint32_t app_ = 0;
  uint32_t other_app_ = 0;
};

TEST_F(TasksTest, ANewTaskIsQueuedAndHasWhatWasAskedFor) {
  const ExportRequest request{.app = app_,
                              .type = ExportType::kActivity,
                              .format = ExportFormat::kCsvBlob,
                              .compression = Compression::kGzip,
                              .max_file_bytes = 4096,
                              .description = "mine",
                              .days = DayRange{*ParseDay("2016-04-26"), *ParseDay("2016-04-27")},
                              .feedback = {}};
  const auto id = tasks_.Create(request, kHuge, "sealed", At(7));
  ASSERT_TRUE(id) << id.error().message;
  const ExportTask task = Get(*id);
  EXPECT_EQ(task.id, *id);
  EXPECT_EQ(task.request.app, app_);
  EXPECT_EQ(task.request.type, ExportType::kActivity);
  EXPECT_EQ(task.request.description, "mine");
  EXPECT_EQ(task.request.days->last, request.days->last);
  EXPECT_EQ(task.cut_off, kHuge);
  EXPECT_EQ(task.state, TaskState::kQueued);
  EXPECT_EQ(task.created, At(7));
  EXPECT_FALSE(task.started);
  EXPECT_FALSE(task.completed);
  EXPECT_FALSE(task.error_details);
  EXPECT_FALSE(task.manifest);
  EXPECT_THAT(task.files, IsEmpty());
}

TEST_F(TasksTest, IdsGrow) {
  const uint64_t first = Create();
  const uint64_t second = CreateFor(other_app_);
  EXPECT_LT(first, second);
  EXPECT_LT(second, Create());
}

TEST_F(TasksTest, ATaskForAnAppThatDoesNotExistIsRefused) {
  ExportRequest request;
  request.app = 99;
  EXPECT_FALSE(tasks_.Create(request, 1, "sealed", At(0)));
}

TEST_F(TasksTest, ATaskIsFoundInItsOwnAppOnly) {
  const uint64_t id = Create();
  EXPECT_TRUE(*tasks_.Find(app_, id));
  EXPECT_FALSE(*tasks_.Find(other_app_, id));
  EXPECT_FALSE(*tasks_.Find(app_, id + 1));
  EXPECT_FALSE(*tasks_.Find(app_, kHuge));
}

TEST_F(TasksTest, ATaskThatSucceedsHasItsOutcome) {
  const uint64_t id = Create();
  ASSERT_TRUE(tasks_.MarkStarted(id, At(1)));
  EXPECT_EQ(Get(id).state, TaskState::kStarted);
  ASSERT_TRUE(tasks_.MarkSucceeded(id, At(2), {3, 4, 100}, {{"a.json", 3, 4, "ab", At(0), At(1)}},
                                   "a.manifest.json"));
  const ExportTask task = Get(id);
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_EQ(task.started, At(1));
  EXPECT_EQ(task.completed, At(2));
  EXPECT_EQ(task.progress.rows, 3u);
  EXPECT_EQ(task.progress.bytes, 4u);
  EXPECT_EQ(task.progress.percent, 100);
  ASSERT_EQ(task.files.size(), 1u);
  EXPECT_EQ(task.files[0].name, "a.json");
  EXPECT_EQ(task.files[0].last, At(1));
  EXPECT_EQ(task.manifest, "a.manifest.json");
  EXPECT_FALSE(task.error_details);
}

TEST_F(TasksTest, ATaskThatFailsSaysWhy) {
  const uint64_t id = Create();
  ASSERT_TRUE(tasks_.MarkFailed(id, At(2), "it's \"gone\""));
  const ExportTask task = Get(id);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_EQ(task.completed, At(2));
  EXPECT_EQ(task.error_details, "it's \"gone\"");
}

TEST_F(TasksTest, ATaskThatIsStartedAgainKeepsItsFirstStart) {
  const uint64_t id = Create();
  ASSERT_TRUE(tasks_.MarkStarted(id, At(1)));
  ASSERT_TRUE(tasks_.MarkStarted(id, At(5)));
  EXPECT_EQ(Get(id).started, At(1));
}

TEST_F(TasksTest, AnEndedTaskIsNeverChangedAgain) {
  const uint64_t failed = Create();
  const uint64_t succeeded = Create();
  ASSERT_TRUE(tasks_.MarkFailed(failed, At(1), "first"));
  ASSERT_TRUE(tasks_.MarkSucceeded(succeeded, At(1), {}, {}, "m"));
  for (const uint64_t id : {failed, succeeded}) {
    for (const Status& status : {tasks_.MarkStarted(id, At(2)), tasks_.MarkSucceeded(id, At(2), {}, {}, "n"),
                                 tasks_.MarkFailed(id, At(2), "second")}) {
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code, ErrorCode::kConflict);
    }
    EXPECT_EQ(Get(id).completed, At(1));
  }
  EXPECT_EQ(Get(failed).error_details, "first");
  EXPECT_EQ(Get(succeeded).manifest, "m");
  EXPECT_THAT(tasks_.MarkStarted(failed, At(2)).error().message, HasSubstr("has ended: Failed"));
}

TEST_F(TasksTest, AChangeOfAMissingTaskIsNotFound) {
  EXPECT_EQ(tasks_.MarkStarted(77, At(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tasks_.MarkSucceeded(77, At(1), {}, {}, "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tasks_.MarkFailed(kHuge, At(1), "").error().code, ErrorCode::kNotFound);
}

TEST_F(TasksTest, OfThreadsThatEndATaskAtOnceExactlyOneSucceeds) {
  constexpr int kThreads = 8;
  auto other = OpenSqliteCatalog(catalog_.directory().file(), OldSchema::kMigrate);
  ASSERT_TRUE(other);
  const uint64_t id = Create();
  std::latch start(kThreads);
  std::atomic<int> ended = 0;
  std::atomic<int> conflicts = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        TaskCatalog& tasks = i % 2 == 0 ? tasks_ : (*other)->tasks();
        start.arrive_and_wait();
        const Status status =
            i % 4 < 2 ? tasks.MarkFailed(id, At(i), "Canceled") : tasks.MarkSucceeded(id, At(i), {}, {}, "m");
        if (status) ++ended;
        if (!status && status.error().code == ErrorCode::kConflict) ++conflicts;
      });
    }
  }
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(conflicts, kThreads - 1);
}

TEST_F(TasksTest, TasksCreatedByManyThreadsAreAllThereWithIdsOfTheirOwn) {
  constexpr int kThreads = 4;
  constexpr int kEach = 10;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < kEach; ++j) Create();
      });
    }
  }
  const auto ids = Ids({.skip = 0, .top = 1000});
  EXPECT_EQ(ids.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_F(TasksTest, UnfinishedTasksOfAllAppsAreListedOldestFirst) {
  const uint64_t started = Create();
  const uint64_t failed = Create();
  const uint64_t succeeded = Create();
  const uint64_t queued = CreateFor(other_app_);
  ASSERT_TRUE(tasks_.MarkStarted(started, At(1)));
  ASSERT_TRUE(tasks_.MarkFailed(failed, At(1), ""));
  ASSERT_TRUE(tasks_.MarkSucceeded(succeeded, At(1), {}, {}, ""));
  const auto unfinished = tasks_.ListUnfinished();
  std::vector<uint64_t> ids;
  for (const ExportTask& task : unfinished.value()) ids.push_back(task.id);
  EXPECT_THAT(ids, ElementsAre(started, queued));
}

TEST_F(TasksTest, TheSealedUrlIsKeptByteForByteUntilTheEnd) {
  using namespace std::string_literals;
  const std::string sealed = "\0\xff\n\"x\0"s;
  ExportRequest request;
  request.app = app_;
  const uint64_t id = tasks_.Create(request, 1, sealed, At(0)).value();
  EXPECT_EQ(tasks_.SealedUrl(id), sealed);
  ASSERT_TRUE(tasks_.MarkStarted(id, At(1)));
  EXPECT_EQ(tasks_.SealedUrl(id), sealed);
}

TEST_F(TasksTest, TheSealedUrlIsWipedAtTheEnd) {
  const uint64_t failed = Create();
  const uint64_t succeeded = Create();
  ASSERT_TRUE(tasks_.MarkFailed(failed, At(1), ""));
  ASSERT_TRUE(tasks_.MarkSucceeded(succeeded, At(1), {}, {}, ""));
  EXPECT_EQ(tasks_.SealedUrl(failed).error().code, ErrorCode::kConflict);
  EXPECT_EQ(tasks_.SealedUrl(succeeded).error().code, ErrorCode::kConflict);
  EXPECT_EQ(tasks_.SealedUrl(77).error().code, ErrorCode::kNotFound);
}

TEST_F(TasksTest, AnotherUrlEndsTheWait) {
  const uint64_t id = Create();
  ASSERT_TRUE(tasks_.MarkStarted(id, At(1)));
  ASSERT_TRUE(tasks_.MarkWaiting(id, {WaitsFor::kCredential, At(100)}, "the SAS ended"));
  EXPECT_EQ(Get(id).state, TaskState::kStarted);
  EXPECT_EQ(Get(id).wait, (TaskWait{WaitsFor::kCredential, At(100)}));
  EXPECT_EQ(Get(id).error_details, "the SAS ended");
  ASSERT_TRUE(tasks_.ReplaceSealedUrl(id, "another"));
  EXPECT_EQ(tasks_.SealedUrl(id), "another");
  EXPECT_FALSE(Get(id).wait);
  EXPECT_FALSE(Get(id).error_details);
}

TEST_F(TasksTest, ATaskWaitsForItsStorageUntilItComesFurther) {
  const uint64_t id = Create();
  ASSERT_TRUE(tasks_.MarkStarted(id, At(1)));
  const TaskWait wait{WaitsFor::kStorage, At(100)};
  ASSERT_TRUE(tasks_.MarkWaiting(id, wait, "no answer"));
  ASSERT_TRUE(tasks_.MarkStarted(id, At(50))) << "tried again";
  EXPECT_EQ(Get(id).wait, wait);
  EXPECT_EQ(Get(id).error_details, "no answer");
  ASSERT_TRUE(tasks_.SaveStaged(id, {}, nullptr));
  EXPECT_FALSE(Get(id).wait);
  EXPECT_FALSE(Get(id).error_details);
  ASSERT_TRUE(tasks_.MarkWaiting(id, wait, "no answer to the commit"));
  ASSERT_TRUE(tasks_.MarkSucceeded(id, At(60), {}, {}, "manifest"));
  EXPECT_FALSE(Get(id).wait);
  EXPECT_FALSE(Get(id).error_details);
}

TEST_F(TasksTest, AWaitEndsWithTheTask) {
  const uint64_t id = Create();
  ASSERT_TRUE(tasks_.MarkWaiting(id, {WaitsFor::kCredential, At(100)}, "the SAS ended"));
  ASSERT_TRUE(tasks_.MarkFailed(id, At(100), "nobody came"));
  EXPECT_FALSE(Get(id).wait);
  EXPECT_EQ(Get(id).error_details, "nobody came");
  EXPECT_EQ(tasks_.MarkWaiting(id, {WaitsFor::kStorage, At(200)}, "").error().code, ErrorCode::kConflict);
  EXPECT_EQ(tasks_.ReplaceSealedUrl(id, "").error().code, ErrorCode::kConflict);
}

StagedFile Staged(const std::string& blob, std::optional<RecordPosition> end) {
  const std::vector<BlockReceipt> blocks{{.id = blob + "-1", .bytes = 8 << 20, .crc64 = kHuge},
                                         {.id = blob + "_2", .bytes = 1, .crc64 = 0}};
  return {{.blob = blob, .blocks = blocks}, {"prefix/" + blob, 3, 4, "ab", At(0), At(1)}, end};
}

const StagedBlob kManifest{.blob = "m", .blocks = {{.id = "m-1", .bytes = 5, .crc64 = 6}}};

TEST_F(TasksTest, WhatIsStagedIsKeptInOrder) {
  const uint64_t id = Create();
  const uint64_t other = Create();
  const std::vector<StagedFile> first{Staged("a", RecordPosition{5, kHuge}),
                                      Staged("b", RecordPosition{6, 1})};
  const std::vector<StagedFile> last{Staged("c", std::nullopt)};
  ASSERT_TRUE(tasks_.SaveStaged(id, first, nullptr));
  ASSERT_TRUE(tasks_.SaveStaged(other, last, nullptr));
  EXPECT_FALSE(tasks_.LoadCheckpoint(id)->manifest);
  ASSERT_TRUE(tasks_.SaveStaged(id, last, &kManifest));
  const auto checkpoint = tasks_.LoadCheckpoint(id);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  ASSERT_TRUE(checkpoint->manifest);
  EXPECT_EQ(checkpoint->manifest->blob, "m");
  EXPECT_EQ(checkpoint->manifest->blocks, kManifest.blocks);
  ASSERT_EQ(checkpoint->files.size(), 3u);
  EXPECT_EQ(checkpoint->files[0].end, (RecordPosition{5, kHuge}));
  EXPECT_EQ(checkpoint->files[1].blob, "b");
  EXPECT_EQ(checkpoint->files[1].blocks, Staged("b", std::nullopt).blocks);
  EXPECT_EQ(checkpoint->files[1].file.name, "prefix/b");
  EXPECT_EQ(checkpoint->files[1].file.last, At(1));
  EXPECT_FALSE(checkpoint->files[2].end);
  EXPECT_EQ(tasks_.LoadCheckpoint(other)->files.size(), 1u);
}

TEST_F(TasksTest, ADroppedOrEndedTaskHasNoCheckpoint) {
  const uint64_t dropped = Create();
  const uint64_t failed = Create();
  const uint64_t succeeded = Create();
  const std::vector<StagedFile> files{Staged("a", std::nullopt)};
  for (const uint64_t id : {dropped, failed, succeeded})
    ASSERT_TRUE(tasks_.SaveStaged(id, files, &kManifest));
  ASSERT_TRUE(tasks_.DropCheckpoint(dropped));
  ASSERT_TRUE(tasks_.MarkFailed(failed, At(1), ""));
  ASSERT_TRUE(tasks_.MarkSucceeded(succeeded, At(1), {}, {}, ""));
  for (const uint64_t id : {dropped, failed, succeeded}) {
    EXPECT_FALSE(tasks_.LoadCheckpoint(id)->manifest);
    EXPECT_THAT(tasks_.LoadCheckpoint(id)->files, IsEmpty());
  }
  EXPECT_EQ(tasks_.SaveStaged(failed, files, nullptr).error().code, ErrorCode::kConflict);
  EXPECT_THAT(tasks_.LoadCheckpoint(failed)->files, IsEmpty());
}

// With its manifest staged it may have committed files.
TEST_F(TasksTest, ADropCountsAsARestartOnceTheManifestIsStaged) {
  const uint64_t id = Create();
  const std::vector<StagedFile> files{Staged("a", std::nullopt)};
  ASSERT_TRUE(tasks_.SaveStaged(id, files, nullptr));
  ASSERT_TRUE(tasks_.DropCheckpoint(id));
  EXPECT_EQ(tasks_.LoadCheckpoint(id)->restarts, 0u);
  for (const unsigned restarts : {1u, 2u}) {
    ASSERT_TRUE(tasks_.SaveStaged(id, files, &kManifest));
    ASSERT_TRUE(tasks_.DropCheckpoint(id));
    EXPECT_EQ(tasks_.LoadCheckpoint(id)->restarts, restarts);
  }
}

TEST_F(TasksTest, PagesAreCutOutOfTheListOfOneApp) {
  std::vector<uint64_t> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(Create());
    CreateFor(other_app_);
  }
  EXPECT_THAT(Ids({.skip = 0, .top = 2}), ElementsAre(ids[0], ids[1]));
  EXPECT_THAT(Ids({.skip = 4, .top = 2}), ElementsAre(ids[4]));
  EXPECT_THAT(Ids({.skip = 5, .top = 2}), IsEmpty());
  EXPECT_THAT(Ids({.skip = 0, .top = 0}), IsEmpty());
  EXPECT_THAT(Ids({.skip = 1, .top = kHuge}), ElementsAre(ids[1], ids[2], ids[3], ids[4]));
  EXPECT_THAT(Ids({.skip = kHuge, .top = 20}), IsEmpty());
}

TEST_F(TasksTest, IdsAreSortedAsNumbers) {
  std::vector<uint64_t> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(Create());
  const auto listed = Ids({.skip = 0, .top = 20});
  EXPECT_EQ(listed, ids);
  EXPECT_GT(listed.back(), 9u);
  EXPECT_EQ(Ids({.skip = 0, .top = 1, .order = TaskOrder::kId, .descending = true}), std::vector{ids.back()});
}

TEST_F(TasksTest, OtherOrdersBreakTiesByAscendingId) {
  const uint64_t a = Create(5);
  const uint64_t b = Create(3);
  const uint64_t c = Create(5);
  const uint64_t d = Create(9);
  EXPECT_THAT(Ids({.order = TaskOrder::kCreated}), ElementsAre(b, a, c, d));
  EXPECT_THAT(Ids({.order = TaskOrder::kCreated, .descending = true}), ElementsAre(d, a, c, b));

  ASSERT_TRUE(tasks_.MarkStarted(a, At(10)));
  ASSERT_TRUE(tasks_.MarkFailed(b, At(10), "b"));
  EXPECT_THAT(Ids({.order = TaskOrder::kState}), ElementsAre(b, c, d, a));  // Failed, Queued, Queued, Started
  EXPECT_THAT(Ids({.order = TaskOrder::kState, .descending = true}), ElementsAre(a, c, d, b));
}

TEST_F(TasksTest, TasksWithoutAValueComeLastInBothDirections) {
  const uint64_t a = Create();
  const uint64_t b = Create();
  const uint64_t c = Create();
  const uint64_t d = Create();
  ASSERT_TRUE(tasks_.MarkFailed(b, At(9), "x"));
  ASSERT_TRUE(tasks_.MarkFailed(d, At(8), "y"));
  for (const auto& [order, first, second] :
       {std::tuple{TaskOrder::kCompleted, d, b}, {TaskOrder::kErrorDetails, b, d}}) {
    EXPECT_THAT(Ids({.order = order}), ElementsAre(first, second, a, c));
    EXPECT_THAT(Ids({.order = order, .descending = true}), ElementsAre(second, first, a, c));
  }
}

}  // namespace
}  // namespace rawhaul
