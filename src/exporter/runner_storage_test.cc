// Export tasks whose storage, or whose catalog, does not answer for a while.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <new>
#include <thread>

#include "exporter/block_uploader.h"
#include "exporter/runner_fixture_testing.h"

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

const Error kNoAnswer{ErrorCode::kUnavailable, "the storage answered 503", "ServerBusy"};
const Error kStillNoAnswer{ErrorCode::kUnavailable, "cannot connect"};

// Waits are the clock's, which stands still: nothing is tried again before a test moves it.
class StorageOutageTest : public RunnerTest {
 protected:
  uint64_t CreateWaiting() {
    const uint64_t id = CreateOfManyFiles(kNoAnswer);
    storage_.FailCheckWritable(kStillNoAnswer);
    return id;
  }
  void WaitForDetails(uint64_t id, const std::string& text) {
    while (Task(id).error_details.value_or("").find(text) == std::string::npos) std::this_thread::yield();
  }
  void EndOutage() { storage_.FailCheckWritable(std::nullopt); }
};

TEST_F(StorageOutageTest, ATaskWaitsForItsStorageAndGoesOnFromWhatIsStaged) {
  const uint64_t id = CreateWaiting();
  const TaskWait wait{WaitsFor::kStorage, clock_.Now() + hours(24)};
  EXPECT_EQ(Task(id).state, TaskState::kStarted);
  EXPECT_EQ(Task(id).wait, wait);
  EXPECT_THAT(*Task(id).error_details, HasSubstr("ServerBusy: the storage answered 503"));
  EXPECT_GT(runner_->ProgressOf(id)->rows, 0u);
  EXPECT_THAT(storage_.commits(), IsEmpty());
  const size_t staged_before = catalog_->tasks().LoadCheckpoint(id)->files.size();
  ASSERT_GT(staged_before, 0u);
  const size_t calls = storage_.stage_calls();

  clock_.Advance(seconds(1));
  WaitForDetails(id, "cannot connect");
  EXPECT_EQ(Task(id).wait, wait) << "it came no further";
  EndOutage();
  clock_.Advance(seconds(2));
  const ExportTask task = WaitForEnd(id);
  ExpectComplete(task);
  EXPECT_LE(storage_.stage_calls() - calls, task.files.size() - staged_before + 1) << "and the manifest";
}

TEST_F(StorageOutageTest, OthersRunMeanwhile) {
  const uint64_t id = CreateWaiting();
  EndOutage();
  EXPECT_EQ(WaitForEnd(Create().id).state, TaskState::kSucceeded) << "on the one thread that there is";
  EXPECT_TRUE(Task(id).wait);
}

// A block is tried for two minutes: of a hundred tasks each would keep the runner so long.
TEST_F(StorageOutageTest, ATaskBehindItForAStorageThatIsAwayWaitsAfterOneShortQuestion) {
  Collect("event");
  storage_.Hold();
  const uint64_t running = Create().id;
  const uint64_t behind = Create().id;
  storage_.WaitForHeld(1);
  storage_.FailStageBlock(1, kNoAnswer);
  storage_.FailCheckWritable(kStillNoAnswer);
  storage_.Release();
  WaitForDetails(running, "ServerBusy");
  WaitForDetails(behind, "cannot connect");
  EXPECT_EQ(storage_.stage_calls(), 1u);
  EndOutage();
  clock_.Advance(seconds(1));
  EXPECT_EQ(WaitForEnd(running).state, TaskState::kSucceeded);
  EXPECT_EQ(WaitForEnd(behind).state, TaskState::kSucceeded);
}

TEST_F(StorageOutageTest, TheWaitOutlivesTheServerAndTheStorageIsAskedAtTheStart) {
  const uint64_t id = CreateWaiting();
  const auto wait = Task(id).wait;
  runner_->Stop();
  Start();
  WaitForDetails(id, "cannot connect");
  EXPECT_EQ(Task(id).wait, wait);
  EXPECT_GT(runner_->ProgressOf(id)->rows, 0u);
  runner_->Stop();
  EndOutage();
  Start();
  ExpectComplete(WaitForEnd(id));
}

TEST_F(StorageOutageTest, WhatTheServerSleptThroughIsTriedBeforeItFails) {
  const uint64_t id = CreateWaiting();
  runner_->Stop();
  clock_.Advance(hours(48));
  EndOutage();
  Start();
  ExpectComplete(WaitForEnd(id));
}

TEST_F(StorageOutageTest, AnOutageThatDoesNotEndFailsTheTaskWithTheLastReason) {
  const uint64_t id = CreateWaiting();
  clock_.Advance(seconds(1));
  WaitForDetails(id, "cannot connect");
  const Timestamp until = Task(id).wait->until;
  clock_.Set(until - milliseconds(1));
  EXPECT_FALSE(Task(id).completed);
  clock_.Set(until);
  const ExportTask task = WaitForEnd(id);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_EQ(*task.error_details,
            "cannot connect; the storage did not answer until " + FormatTimestamp(until));
  EXPECT_FALSE(task.wait);
  EXPECT_EQ(storage_.staged_blocks(), 0u);
  EXPECT_FALSE(runner_->ProgressOf(id));
}

TEST_F(StorageOutageTest, OnlyATaskThatComesFurtherMayWaitForLonger) {
  const uint64_t id = CreateWaiting();
  EndOutage();
  const Timestamp first = Task(id).wait->until;
  const auto go_on = [&](std::initializer_list<size_t> failing_calls, const std::string& why) {
    for (const size_t nth : failing_calls) storage_.FailStageBlock(nth, Error{ErrorCode::kUnavailable, why});
    storage_.Hold();
    clock_.Advance(hours(1));
    storage_.WaitForHeld(2);  // so many are staged at once: no failure is left for the next run
    storage_.Release();
    WaitForDetails(id, why);
  };
  go_on({1, 2}, "no block came through");
  EXPECT_EQ(Task(id).wait->until, first);
  // Of two uploads at once: the first block is not overtaken by more than these.
  constexpr size_t kBehindFirst = 2 * BlockUploader::kWindow + 1;
  go_on({kBehindFirst}, "some blocks came through");
  EXPECT_EQ(Task(id).wait->until, clock_.Now() + hours(24));
}

TEST_F(StorageOutageTest, ATaskThatWaitsCanBeCanceled) {
  const uint64_t id = CreateWaiting();
  const auto canceled = runner_->Cancel(app_, id);
  ASSERT_TRUE(canceled) << canceled.error().message;
  EXPECT_EQ(canceled->error_details, "Canceled");
  EXPECT_FALSE(canceled->wait);
  EXPECT_EQ(storage_.staged_blocks(), 0u);
}

TEST_F(StorageOutageTest, AnOutageBetweenCommitsIsWaitedForAndTheSameIsCommitted) {
  Collect("first");
  storage_.FailCommit(1, kNoAnswer);
  const uint64_t id = Create().id;
  while (!Task(id).wait) std::this_thread::yield();
  const size_t calls = storage_.stage_calls();
  clock_.Advance(seconds(1));
  const ExportTask task = WaitForEnd(id);
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_FALSE(task.error_details);
  EXPECT_EQ(storage_.stage_calls(), calls);
}

TEST_F(StorageOutageTest, ASasThatEndedMeanwhileIsWaitedForInstead) {
  const uint64_t id = CreateWaiting();
  storage_.FailCheckWritable(Error{ErrorCode::kPermissionDenied, "the storage answered 403"});
  storage_.FailStageBlock(1, Error{ErrorCode::kPermissionDenied, "the storage answered 403"});
  clock_.Advance(seconds(1));
  WaitForDetails(id, "403");
  EXPECT_EQ(Task(id).wait, (TaskWait{WaitsFor::kCredential, clock_.Now() + hours(24)}));
}

// Opening a container throws.
class ThrowingFactory final : public ContainerFactory {
 public:
  Result<std::unique_ptr<Container>> Open(const Secret&) override { throw std::bad_alloc(); }
  Result<std::string> PlaceOf(const Secret&) override { return ""; }
};

TEST_F(StorageOutageTest, ATaskThatThrowsFailsAndSaysSoAndOthersGoOn) {
  const uint64_t waiting = CreateWaiting();
  EndOutage();
  storage_.Hold();
  const uint64_t running = Create().id;
  storage_.WaitForHeld(1);
  runner_->Stop();
  ThrowingFactory throwing;
  runner_ = std::make_unique<ExportRunner>(
      ExportEnvironment{*stores_, catalog_->tasks(), catalog_->campaigns(), throwing, box_, clock_, timer_},
      ExportOptions{.parallel_tasks = 1});
  for (const uint64_t id : {running, waiting}) {
    EXPECT_EQ(WaitForEnd(id).error_details, "OutOfMemory: out of memory");
    EXPECT_EQ(Task(id).state, TaskState::kFailed) << "it would throw after each restart";
  }
}

// A catalog of tasks whose queue cannot be read, and which does not take that one waits, for a while.
class FlakyTasks final : public TaskCatalog {
 public:
  explicit FlakyTasks(TaskCatalog& tasks) : tasks_(tasks) {}
  void set_failing(bool failing) { failing_ = failing; }
  size_t refused_waits() const { return refused_waits_; }

  Result<std::vector<ExportTask>> ListUnfinished() override {
    if (failing_) return Fail(kNoAnswer);
    return tasks_.ListUnfinished();
  }

  Result<uint64_t> Create(const ExportRequest& request, uint64_t cut_off, std::string_view sealed_url,
                          Timestamp created) override {
    return tasks_.Create(request, cut_off, sealed_url, created);
  }
  Result<std::optional<ExportTask>> Find(uint32_t app, uint64_t id) override { return tasks_.Find(app, id); }
  Result<std::vector<ExportTask>> List(uint32_t app, const Page& page) override {
    return tasks_.List(app, page);
  }
  Result<std::string> SealedUrl(uint64_t id) override { return tasks_.SealedUrl(id); }
  Status ReplaceSealedUrl(uint64_t id, std::string_view sealed_url) override {
    return tasks_.ReplaceSealedUrl(id, sealed_url);
  }
  Status SaveStaged(uint64_t id, std::span<const StagedFile> files, const StagedBlob* manifest) override {
    return tasks_.SaveStaged(id, files, manifest);
  }
  Result<Checkpoint> LoadCheckpoint(uint64_t id) override { return tasks_.LoadCheckpoint(id); }
  Status DropCheckpoint(uint64_t id) override { return tasks_.DropCheckpoint(id); }
  Status MarkStarted(uint64_t id, Timestamp when) override { return tasks_.MarkStarted(id, when); }
  Status MarkWaiting(uint64_t id, const TaskWait& wait, std::string_view details) override {
    if (failing_) {
      ++refused_waits_;
      return Fail(kNoAnswer);
    }
    return tasks_.MarkWaiting(id, wait, details);
  }
  Status MarkSucceeded(uint64_t id, Timestamp when, const Progress& progress,
                       const std::vector<ExportedFile>& files, std::string_view manifest) override {
    return tasks_.MarkSucceeded(id, when, progress, files, manifest);
  }
  Status MarkFailed(uint64_t id, Timestamp when, std::string_view details) override {
    return tasks_.MarkFailed(id, when, details);
  }

 private:
  TaskCatalog& tasks_;
  std::atomic<bool> failing_ = true;
  std::atomic<size_t> refused_waits_ = 0;
};

// Sleeps until it is opened.
class GatedTimer final : public RetryTimer {
 public:
  std::chrono::steady_clock::time_point Now() const override { return {}; }
  Timestamp WallTime() const override { return {}; }
  bool Sleep(milliseconds, std::stop_token stop) override {
    MutexLock lock(mutex_);
    is_asleep_ = true;
    changed_.notify_all();
    return changed_.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex_) { return is_open_; });
  }
  double Jitter() override { return 1; }

  void WaitForSleeper() {
    MutexLock lock(mutex_);
    while (!is_asleep_) changed_.wait(lock);
  }
  void Open() {
    const MutexLock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool is_asleep_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool is_open_ RAWHAUL_GUARDED_BY(mutex_) = false;
};

TEST_F(StorageOutageTest, AQueueThatCannotBeReadAtTheStartIsReadAsSoonAsItCan) {
  const uint64_t waiting = CreateWaiting();
  EndOutage();
  storage_.Hold();
  const uint64_t running = Create().id;
  storage_.WaitForHeld(1);
  runner_->Stop();
  FlakyTasks tasks(catalog_->tasks());
  GatedTimer timer;
  runner_ = std::make_unique<ExportRunner>(
      ExportEnvironment{*stores_, tasks, catalog_->campaigns(), containers_, box_, clock_, timer},
      ExportOptions{.parallel_tasks = 1});
  timer.WaitForSleeper();
  EXPECT_EQ(runner_->Cancel(app_, running).error().code, ErrorCode::kUnavailable);
  storage_.Release();
  const uint64_t created = Create().id;
  EXPECT_EQ(WaitForEnd(created).state, TaskState::kSucceeded) << "new tasks run meanwhile";
  tasks.set_failing(false);
  timer.Open();
  EXPECT_EQ(WaitForEnd(running).state, TaskState::kSucceeded);
  EXPECT_EQ(WaitForEnd(waiting).state, TaskState::kSucceeded);
  EXPECT_EQ(std::ranges::count(storage_.commits(), Task(created).files.at(0).name), 1) << "none runs twice";
  runner_.reset();
}

TEST_F(StorageOutageTest, ThatATaskWaitsIsStoredAsSoonAsTheCatalogTakesIt) {
  runner_->Stop();
  FlakyTasks tasks(catalog_->tasks());
  tasks.set_failing(false);
  runner_ = std::make_unique<ExportRunner>(
      ExportEnvironment{*stores_, tasks, catalog_->campaigns(), containers_, box_, clock_, timer_},
      ExportOptions{.parallel_tasks = 1});
  Collect("event");
  storage_.FailStageBlock(1,
                          Error{ErrorCode::kPermissionDenied, "the SAS has ended", "AuthenticationFailed"});
  storage_.Hold();
  const uint64_t id = Create().id;
  storage_.WaitForHeld(1);
  tasks.set_failing(true);
  storage_.Release();
  while (tasks.refused_waits() == 0) std::this_thread::yield();
  EXPECT_FALSE(Task(id).wait);
  tasks.set_failing(false);
  while (!Task(id).wait) std::this_thread::yield();
  EXPECT_EQ(Task(id).wait->what, WaitsFor::kCredential);
  runner_.reset();
}

}  // namespace
}  // namespace rawhaul
