#include "exporter/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "blob/memory_container_testing.h"
#include "catalog/catalog_testing.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kUrl[] = "https://account.blob.core.windows.net/container?sp=w&sig=verysecret";

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    app_ = catalog_->apps().Create({"s", "g", "c", "a"}, "android", "key", "hash", clock_.Now())->id;
    stores_ = std::move(*OpenEmbeddedStores(directory_.path(), {}, clock_));
    Start();
  }

  void Start() {
    runner_ = std::make_unique<ExportRunner>(
        ExportEnvironment{*stores_, catalog_->tasks(), containers_, box_, clock_},
        ExportOptions{.parallel_tasks = 1, .encode_threads = 2, .uploads_per_task = 2, .block_bytes = 1000});
  }

  void Collect(const std::string& name) {
    ASSERT_TRUE(WriteAll(*stores_, {EventBatch(app_, TestTime(3), name)}));
  }

  ExportRequest Events() const {
    ExportRequest request;
    request.app = app_;
    request.type = ExportType::kEvent;
    request.format = ExportFormat::kJsonLinesBlob;
    request.days = DayRange{*ParseDay("2016-04-26"), *ParseDay("2016-04-26")};
    return request;
  }

  ExportTask Create() { return runner_->Create(Events(), Secret(kUrl)).value(); }

  ExportTask Task(uint64_t id) { return *catalog_->tasks().Find(app_, id).value(); }

  // Bounded by the test's own time limit.
  ExportTask WaitForEnd(uint64_t id) {
    while (!Task(id).completed) std::this_thread::yield();
    return Task(id);
  }

  ManualClock clock_;
  TempDirectory directory_;
  TemporaryCatalog catalog_;
  uint32_t app_ = 0;
  std::unique_ptr<Stores> stores_;
  MemoryStorage storage_;
  MemoryContainerFactory containers_{storage_};
  const SecretBox box_{Secret(std::string(32, 'k'))};
  std::unique_ptr<ExportRunner> runner_;
};

TEST_F(RunnerTest, ATaskGoesFromQueuedToSucceeded) {
  Collect("first");
  const ExportTask created = Create();
  EXPECT_EQ(created.state, TaskState::kQueued);
  const ExportTask task = WaitForEnd(created.id);
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_EQ(task.progress.rows, 1u);
  EXPECT_EQ(task.progress.percent, 100);
  ASSERT_EQ(task.files.size(), 1u);
  EXPECT_THAT(*storage_.Read(task.files[0].name), HasSubstr("\"first\""));
  EXPECT_TRUE(storage_.Read(*task.manifest));
  EXPECT_EQ(containers_.last_url(), kUrl);
}

TEST_F(RunnerTest, RecordsAfterTheCutOffStayOut) {
  Collect("before");
  storage_.Hold();
  const ExportTask first = Create();
  storage_.WaitForHeld(1);
  const ExportTask queued = Create();
  Collect("after");
  storage_.Release();
  for (const uint64_t id : {first.id, queued.id}) {
    const std::string bytes = *storage_.Read(WaitForEnd(id).files.at(0).name);
    EXPECT_THAT(bytes, HasSubstr("before"));
    EXPECT_THAT(bytes, Not(HasSubstr("after")));
  }
}

TEST_F(RunnerTest, AStoppedRunnersTasksAreFinishedByTheNextOneWithTheSameCut) {
  Collect("before");
  storage_.Hold();
  const ExportTask running = Create();
  storage_.WaitForHeld(1);
  const ExportTask queued = Create();
  runner_->Stop();
  EXPECT_EQ(Task(running.id).state, TaskState::kStarted);
  EXPECT_EQ(Task(queued.id).state, TaskState::kQueued);
  Collect("after");
  storage_.Release();
  Start();
  for (const uint64_t id : {running.id, queued.id}) {
    const ExportTask task = WaitForEnd(id);
    EXPECT_EQ(task.state, TaskState::kSucceeded);
    EXPECT_EQ(task.progress.rows, 1u);
    EXPECT_THAT(*storage_.Read(task.files.at(0).name), Not(HasSubstr("after")));
  }
}

TEST_F(RunnerTest, RunningAndQueuedTasksCanBeCanceledOnce) {
  Collect("first");
  storage_.Hold();
  const ExportTask running = Create();
  storage_.WaitForHeld(1);
  const ExportTask queued = Create();
  for (const uint64_t id : {queued.id, running.id}) {
    const auto canceled = runner_->Cancel(app_, id);
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->state, TaskState::kFailed);
    EXPECT_EQ(canceled->error_details, "Canceled");
    EXPECT_EQ(runner_->Cancel(app_, id).error().code, ErrorCode::kConflict);
  }
  storage_.Release();
  EXPECT_THAT(storage_.commits(), IsEmpty());
  EXPECT_EQ(runner_->Cancel(app_, 999).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(runner_->Cancel(app_ + 1, running.id).error().code, ErrorCode::kNotFound);
}

TEST_F(RunnerTest, AFailureIsToldWithTheServicesOwnCode) {
  Collect("first");
  storage_.FailStageBlock(
      1, Error{ErrorCode::kNotFound, "The specified container does not exist.", "ContainerNotFound"});
  const ExportTask task = WaitForEnd(Create().id);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_EQ(task.error_details, "ContainerNotFound: The specified container does not exist.");
  EXPECT_FALSE(task.manifest);
}

TEST_F(RunnerTest, AContainerThatCannotBeWrittenIsRefusedAtOnce) {
  storage_.FailCheckWritable(Error{ErrorCode::kNotFound, "no such container", "ContainerNotFound"});
  const auto refused = runner_->Create(Events(), Secret(kUrl));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "ContainerNotFound");
  EXPECT_THAT(*catalog_->tasks().ListUnfinished(), IsEmpty());

  storage_.FailCheckWritable(Error{ErrorCode::kUnavailable, "no answer"});
  EXPECT_EQ(runner_->Create(Events(), Secret(kUrl)).error().code, ErrorCode::kUnavailable);
}

TEST_F(RunnerTest, TheContainerUrlIsNotReadableAtRest) {
  storage_.Hold();
  const ExportTask task = Create();
  EXPECT_THAT(*catalog_->tasks().SealedUrl(task.id), Not(HasSubstr("verysecret")));
  storage_.Release();
  WaitForEnd(task.id);
}

TEST_F(RunnerTest, AStoppedRunnerTakesNoTasks) {
  runner_->Stop();
  EXPECT_EQ(runner_->Create(Events(), Secret(kUrl)).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace rawhaul
