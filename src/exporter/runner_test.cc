#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "blob/reasons.h"
#include "exporter/runner_fixture_testing.h"

namespace rawhaul {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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

const Error kSasEnded{ErrorCode::kPermissionDenied, "Signature not valid in the time frame.",
                      "AuthenticationFailed"};
constexpr char kOtherSas[] = "https://account.blob.core.windows.net/container?sp=w&sig=another";

// A task of several files whose SAS ends when some of them are staged.
class CredentialTest : public RunnerTest {
 protected:
  uint64_t CreateWaiting() { return CreateOfManyFiles(kSasEnded); }
};

TEST_F(CredentialTest, ATaskWhoseSasEndsWaitsForAnotherOneAndGoesOnFromWhatIsStaged) {
  const uint64_t id = CreateWaiting();
  const ExportTask waiting = Task(id);
  EXPECT_EQ(waiting.state, TaskState::kStarted);
  EXPECT_EQ(waiting.wait, (TaskWait{WaitsFor::kCredential, clock_.Now() + std::chrono::hours(24)}));
  EXPECT_THAT(*waiting.error_details, HasSubstr("AuthenticationFailed"));
  EXPECT_GT(runner_->ProgressOf(id)->rows, 0u);
  EXPECT_THAT(storage_.commits(), IsEmpty());
  const size_t staged_before = catalog_->tasks().LoadCheckpoint(id)->files.size();
  ASSERT_GT(staged_before, 0u);
  const size_t calls = storage_.stage_calls();

  const auto renewed = runner_->RenewCredential(app_, id, Secret(kOtherSas));
  ASSERT_TRUE(renewed) << renewed.error().message;
  EXPECT_FALSE(renewed->error_details);
  const ExportTask task = WaitForEnd(id);
  ExpectComplete(task);
  EXPECT_EQ(containers_.last_url(), kOtherSas);
  EXPECT_LE(storage_.stage_calls() - calls, task.files.size() - staged_before + 1) << "and the manifest";
}

TEST_F(CredentialTest, TheWaitOutlivesTheServer) {
  const uint64_t id = CreateWaiting();
  const Progress before = *runner_->ProgressOf(id);
  runner_->Stop();
  Start();
  EXPECT_TRUE(Task(id).wait);
  EXPECT_LE(runner_->ProgressOf(id)->rows, before.rows);
  ASSERT_TRUE(runner_->RenewCredential(app_, id, Secret(kOtherSas)));
  ExpectComplete(WaitForEnd(id));
}

TEST_F(CredentialTest, WhenNobodyComesTheTaskFailsWithTheReason) {
  const uint64_t id = CreateWaiting();
  clock_.Advance(std::chrono::hours(24) - std::chrono::milliseconds(1));
  EXPECT_FALSE(Task(id).completed);
  clock_.Advance(std::chrono::milliseconds(1));
  const ExportTask task = WaitForEnd(id);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_THAT(*task.error_details, HasSubstr("AuthenticationFailed"));
  EXPECT_THAT(*task.error_details, HasSubstr("no other containerUrl came"));
  EXPECT_EQ(storage_.staged_blocks(), 0u);
  EXPECT_EQ(runner_->RenewCredential(app_, id, Secret(kOtherSas)).error().code, ErrorCode::kConflict);
  EXPECT_FALSE(runner_->ProgressOf(id));
}

TEST_F(CredentialTest, AUrlThatLeadsElsewhereIsRefusedAndTheTaskGoesOnWaiting) {
  const uint64_t id = CreateWaiting();
  const auto refused = runner_->RenewCredential(
      app_, id, Secret("https://account.blob.core.windows.net/other?sp=w&sig=another"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "ContainerMismatch");
  storage_.FailCheckWritable(kSasEnded);
  const auto not_writable = runner_->RenewCredential(app_, id, Secret(kOtherSas));
  EXPECT_EQ(not_writable.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Task(id).wait);
  EXPECT_EQ(runner_->RenewCredential(app_ + 1, id, Secret(kOtherSas)).error().code, ErrorCode::kNotFound);
}

TEST_F(CredentialTest, AWaitingTaskCanBeCanceled) {
  const uint64_t id = CreateWaiting();
  EXPECT_GT(storage_.staged_blocks(), 0u);
  const auto canceled = runner_->Cancel(app_, id);
  ASSERT_TRUE(canceled) << canceled.error().message;
  EXPECT_EQ(canceled->error_details, "Canceled");
  EXPECT_FALSE(runner_->ProgressOf(id));
  EXPECT_EQ(storage_.staged_blocks(), 0u) << "what nobody will commit is not kept";
}

TEST_F(CredentialTest, ARunningTaskTakesTheOtherUrlWhenItsOwnEnds) {
  Collect("first");
  storage_.Hold();
  const uint64_t id = Create().id;
  storage_.WaitForHeld(1);
  ASSERT_TRUE(runner_->RenewCredential(app_, id, Secret(kOtherSas)));
  storage_.FailStageBlock(1, kSasEnded);
  storage_.Release();
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kSucceeded);
  EXPECT_EQ(containers_.last_url(), kOtherSas);
}

TEST_F(CredentialTest, ASasThatEndsInTheQueueIsWaitedForToo) {
  storage_.Hold();
  const uint64_t first = Create().id;
  storage_.WaitForHeld(1);
  const uint64_t queued = Create().id;
  containers_.FailOpen(
      Error{ErrorCode::kInvalidArgument, "the SAS has expired", std::string(reason::kSasExpired)});
  storage_.Release();
  WaitForEnd(first);
  while (!Task(queued).wait) std::this_thread::yield();
  containers_.FailOpen(std::nullopt);
  ASSERT_TRUE(runner_->RenewCredential(app_, queued, Secret(kOtherSas)));
  EXPECT_EQ(WaitForEnd(queued).state, TaskState::kSucceeded);
}

TEST_F(CredentialTest, WhatTheContainerForgotIsStagedAgain) {
  const uint64_t id = CreateWaiting();
  storage_.ForgetStagedBlocks();
  ASSERT_TRUE(runner_->RenewCredential(app_, id, Secret(kOtherSas)));
  ExpectComplete(WaitForEnd(id));
}

// What it had committed keeps its name, and its bytes.
TEST_F(CredentialTest, WhatTheContainerForgotBetweenCommitsIsExportedUnderOtherNames) {
  storage_.FailCommit(2, kSasEnded);
  const uint64_t id = CreateOfManyFiles(kSasEnded);
  ASSERT_TRUE(runner_->RenewCredential(app_, id, Secret(kOtherSas)));
  while (storage_.commits().empty() || !Task(id).wait) std::this_thread::yield();
  ASSERT_THAT(storage_.commits(), ElementsAre(HasSubstr("_1_00001")));
  const std::string committed = storage_.commits().front();
  const auto bytes = storage_.Read(committed);
  storage_.ForgetStagedBlocks();
  ASSERT_TRUE(runner_->RenewCredential(app_, id, Secret(kOtherSas)));
  const ExportTask task = WaitForEnd(id);
  ExpectComplete(task);
  EXPECT_THAT(task.files.at(0).name, HasSubstr("_1_r1_00001"));
  EXPECT_THAT(task.manifest.value_or(""), HasSubstr("_1_r1.manifest"));
  EXPECT_EQ(storage_.Read(committed), bytes);
}

TEST_F(RunnerTest, ARestartBetweenCommitsCommitsWhatIsStagedAndReadsNothing) {
  Collect("first");
  storage_.FailCommit(1, Error{ErrorCode::kPermissionDenied, "the SAS has ended"});
  const uint64_t id = Create().id;
  while (!Task(id).wait) std::this_thread::yield();
  const size_t calls = storage_.stage_calls();
  runner_->Stop();
  Start();
  ASSERT_TRUE(runner_->RenewCredential(app_, id, Secret(kOtherSas)));
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kSucceeded);
  EXPECT_EQ(storage_.stage_calls(), calls);
}

// Two servers that give out the same ids write into one container.
TEST_F(RunnerTest, ATaskWhoseNamesAreTakenFailsAndSaysWhich) {
  Collect("first");
  const std::string name = WaitForEnd(Create().id).files.at(0).name;
  std::string next = name;
  next.replace(next.rfind("_1"), 2, "_2");
  storage_.Put(next, "of another server");
  const ExportTask task = WaitForEnd(Create().id);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_THAT(*task.error_details, HasSubstr("BlobAlreadyExists: "));
  EXPECT_THAT(*task.error_details, HasSubstr(next));
  EXPECT_FALSE(task.manifest);
  EXPECT_EQ(storage_.Read(next), "of another server");
}

TEST_F(RunnerTest, ATaskWhoseRecordsTheStoreHasLostFails) {
  Collect("first");
  const uint64_t id = catalog_->tasks().Create(Events(), 2, box_.Seal(Secret(kUrl)), clock_.Now()).value();
  runner_->Stop();
  Start();
  const ExportTask task = WaitForEnd(id);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_THAT(*task.error_details, HasSubstr("StoreDamaged: records are missing: the store ends at 1"));
  EXPECT_THAT(storage_.commits(), IsEmpty());
}

TEST_F(RunnerTest, AFailedTaskLeavesNothingStaged) {
  for (int i = 0; i < 60; ++i) Collect("event " + std::to_string(i) + std::string(60, '.'));
  storage_.FailStageBlock(5, Error{ErrorCode::kResourceExhausted, "the disk is full", "DiskFull"});
  ExportRequest request = Events();
  request.max_file_bytes = 1024;
  const uint64_t id = runner_->Create(request, Secret(kUrl))->id;
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kFailed);
  EXPECT_GT(storage_.stage_calls(), 4u);
  EXPECT_EQ(storage_.staged_blocks(), 0u);
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

TEST_F(RunnerTest, ATaskThatAStopInterruptedCannotBeCanceledNowAndIsNotSaidToHaveEnded) {
  Collect("first");
  storage_.Hold();
  const uint64_t id = Create().id;
  storage_.WaitForHeld(1);
  runner_->Stop();
  EXPECT_EQ(runner_->Cancel(app_, id).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(Task(id).completed);
}

}  // namespace
}  // namespace rawhaul
