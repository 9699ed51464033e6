#include "collect/group_committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>
#include <stdexcept>
#include <utility>

#include "collect/fake_stores_testing.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;

constexpr size_t kMib = size_t{1} << 20;

// Of which the committer thinks that it takes so much memory, and little more.
IngestBatch BatchOfApp(uint32_t app, size_t bytes = 0) {
  IngestBatch batch;
  batch.app = app;
  batch.complete_bytes = bytes;
  return batch;
}

std::vector<std::vector<uint32_t>> AppsOf(const std::vector<std::vector<IngestBatch>>& groups) {
  std::vector<std::vector<uint32_t>> apps;
  for (const auto& group : groups) {
    auto& row = apps.emplace_back();
    for (const auto& batch : group) row.push_back(batch.app);
  }
  return apps;
}

class GroupCommitterTest : public ::testing::Test {
 protected:
  // Notes how the batch ended under its number.
  void Submit(uint32_t number, size_t bytes = 0) {
    const Status status =
        committer_.Submit(BatchOfApp(number, bytes), [this, number](const BatchOutcome& end) {
          ended_.push_back(number);
          errors_.push_back(end.is_done() ? std::nullopt : std::optional(end.error));
        });
    ASSERT_TRUE(status) << status.error().message;
  }

  FakeStores stores_;
  std::vector<uint32_t> ended_;  // written by the committer's thread: read after Stop
  std::vector<std::optional<Error>> errors_;
  GroupCommitter committer_{stores_.ingest(), 1000 * kMib};
};

TEST_F(GroupCommitterTest, DoneComesAfterTheWrite) {
  std::promise<size_t> stored;
  ASSERT_TRUE(committer_.Submit(BatchOfApp(1), [&](const BatchOutcome& outcome) {
    EXPECT_EQ(outcome.fate, BatchFate::kStored);
    stored.set_value(stores_.ingest().stored().size());
  }));
  EXPECT_EQ(stored.get_future().get(), 1u);
}

TEST_F(GroupCommitterTest, AGroupGathersWhileAnotherIsWritten) {
  stores_.ingest().Hold();
  Submit(1);
  stores_.ingest().WaitUntilHeld();
  for (uint32_t number = 2; number <= 5; ++number) Submit(number);
  stores_.ingest().Release();
  committer_.Stop();
  EXPECT_THAT(AppsOf(stores_.ingest().groups()), ElementsAre(ElementsAre(1), ElementsAre(2, 3, 4, 5)));
  EXPECT_THAT(ended_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(GroupCommitterTest, ABatchAfterADenseGroupNeedsNoOthersToBeWritten) {
  stores_.ingest().Hold();
  Submit(1);
  stores_.ingest().WaitUntilHeld();
  for (uint32_t number = 2; number <= 20; ++number) Submit(number);
  stores_.ingest().Release();
  std::promise<void> last;
  ASSERT_TRUE(committer_.Submit(BatchOfApp(21), [&](const BatchOutcome&) { last.set_value(); }));
  last.get_future().wait();
  std::promise<void> alone;
  ASSERT_TRUE(committer_.Submit(BatchOfApp(22), [&](const BatchOutcome&) { alone.set_value(); }));
  alone.get_future().wait();
  EXPECT_EQ(stores_.ingest().stored().size(), 22u);
}

TEST_F(GroupCommitterTest, AnErrorGoesToTheWholeGroupAndNoFurther) {
  const Error full{ErrorCode::kUnavailable, "the disk is full", "DiskFull"};
  stores_.ingest().FailWith(full);
  stores_.ingest().Hold();
  Submit(1);
  stores_.ingest().WaitUntilHeld();
  Submit(2);
  Submit(3);
  stores_.ingest().Release();
  std::promise<void> failed;
  ASSERT_TRUE(committer_.Submit(BatchOfApp(4), [&](const BatchOutcome&) {
    stores_.ingest().FailWith(std::nullopt);
    failed.set_value();
  }));
  failed.get_future().wait();
  Submit(5);
  committer_.Stop();
  EXPECT_THAT(ended_, ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(errors_, ElementsAre(full, full, full, std::nullopt));
}

TEST_F(GroupCommitterTest, WhatWaitsIsLimitedWithWhatIsBeingWritten) {
  stores_.ingest().Hold();
  Submit(1, 600 * kMib);
  stores_.ingest().WaitUntilHeld();
  Submit(2, 390 * kMib);
  const Status refused =
      committer_.Submit(BatchOfApp(3, 20 * kMib), [](const BatchOutcome&) { FAIL() << "it was not taken"; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(refused.error().reason, "TooBusy");
  stores_.ingest().Release();
  committer_.Stop();
  EXPECT_THAT(ended_, ElementsAre(1, 2));
}

TEST_F(GroupCommitterTest, OfSeveralTogetherAllAreTakenOrNone) {
  stores_.ingest().Hold();
  Submit(1, 600 * kMib);
  stores_.ingest().WaitUntilHeld();
  std::vector<GroupCommitter::Submission> together;
  for (const uint32_t number : {2u, 3u}) {
    together.push_back(
        {BatchOfApp(2, 300 * kMib), [this, number](const BatchOutcome&) { ended_.push_back(number); }});
  }
  const Status refused = committer_.Submit(together);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  for (auto& submission : together) submission.batch.complete_bytes = 100 * kMib;
  EXPECT_TRUE(committer_.Submit(together));
  stores_.ingest().Release();
  committer_.Stop();
  EXPECT_THAT(ended_, ElementsAre(1, 2, 3));
}

TEST_F(GroupCommitterTest, AWriteHoldsABoundedNumberOfBatchesAndBytes) {
  stores_.ingest().Hold();
  Submit(1);
  stores_.ingest().WaitUntilHeld();
  for (int i = 0; i < 300; ++i) Submit(2);
  for (int i = 0; i < 3; ++i) Submit(2, 9 * kMib);
  Submit(2, 100 * kMib);
  stores_.ingest().Release();
  committer_.Stop();
  std::vector<size_t> sizes;
  for (const auto& group : stores_.ingest().groups()) sizes.push_back(group.size());
  EXPECT_THAT(sizes, ElementsAre(1, 256, 45, 1, 1, 1));
}

TEST_F(GroupCommitterTest, ABatchIsInTheNextWriteHoweverManyOfAnotherAppWait) {
  stores_.ingest().Hold();
  Submit(1);
  stores_.ingest().WaitUntilHeld();
  for (int i = 0; i < 1000; ++i) Submit(1);
  Submit(2);
  stores_.ingest().Release();
  committer_.Stop();
  EXPECT_EQ(AppsOf(stores_.ingest().groups()).at(1).at(1), 2u);
}

TEST_F(GroupCommitterTest, AnAppThatFillsItsShareLeavesRoomForOthers) {
  stores_.ingest().Hold();
  Submit(1, 700 * kMib);
  stores_.ingest().WaitUntilHeld();
  const Status refused =
      committer_.Submit(BatchOfApp(1, 100 * kMib), [](const BatchOutcome&) { FAIL() << "it was not taken"; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "TooBusy");
  Submit(2, 100 * kMib);
  stores_.ingest().Release();
  committer_.Stop();
  EXPECT_THAT(ended_, ElementsAre(1, 2));
}

TEST_F(GroupCommitterTest, ThereIsRoomAgainWhenDoneIsCalled) {
  std::promise<Status> second;
  ASSERT_TRUE(committer_.Submit(BatchOfApp(1, 1000 * kMib), [&](const BatchOutcome&) {
    second.set_value(committer_.Submit(BatchOfApp(2, 1000 * kMib), [](const BatchOutcome&) {}));
  }));
  EXPECT_TRUE(second.get_future().get());
}

TEST_F(GroupCommitterTest, ABatchAloneAlwaysFits) {
  Submit(1, 10000 * kMib);
  committer_.Stop();
  EXPECT_THAT(ended_, ElementsAre(1));
}

TEST_F(GroupCommitterTest, StopWritesWhatWasTakenAndTakesNoMore) {
  stores_.ingest().Hold();
  Submit(1);
  stores_.ingest().WaitUntilHeld();
  Submit(2);
  std::thread stopper([&] { committer_.Stop(); });
  // Refused from some moment on; those that were still taken are written.
  uint32_t number = 2;
  for (Status taken; taken; ++number) {
    taken = committer_.Submit(BatchOfApp(number + 1),
                              [&, end = number + 1](const BatchOutcome&) { ended_.push_back(end); });
    EXPECT_TRUE(taken || taken.error().code == ErrorCode::kUnavailable);
  }
  stores_.ingest().Release();
  stopper.join();
  committer_.Stop();
  EXPECT_EQ(ended_.size(), number - 1);
  EXPECT_EQ(stores_.ingest().stored().size(), number - 1);
}

TEST(GroupCommitter, WhatAServerThatStopsHasNoTimeForIsRefused) {
  FakeStores stores;
  GroupCommitter committer(stores.ingest(), 1000 * kMib, std::chrono::milliseconds(0));
  std::vector<BatchOutcome> ends;
  const auto submit = [&] {
    ASSERT_TRUE(committer.Submit(BatchOfApp(1), [&](const BatchOutcome& end) { ends.push_back(end); }));
  };
  stores.ingest().Hold();
  submit();
  stores.ingest().WaitUntilHeld();
  for (int i = 0; i < 1000; ++i) submit();
  std::thread stopper([&] { committer.Stop(); });
  // From the moment on that the stop has begun none is taken.
  while (committer.Submit(BatchOfApp(2), [](const BatchOutcome&) {})) std::this_thread::yield();
  stores.ingest().Release();
  stopper.join();
  ASSERT_EQ(ends.size(), 1001u);
  EXPECT_EQ(ends.front().fate, BatchFate::kStored);
  EXPECT_EQ(ends.back().fate, BatchFate::kRefused);
  EXPECT_EQ(ends.back().error.reason, "Stopping");
  EXPECT_EQ(stores.ingest().stored().size(), 1u);
}

TEST_F(GroupCommitterTest, ManyThreadsGetOneEndEach) {
  constexpr int kThreads = 4;
  constexpr int kBatches = 500;
  std::atomic<int> ended = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kBatches; ++i) {
        EXPECT_TRUE(committer_.Submit(BatchOfApp(static_cast<uint32_t>(thread)),
                                      [&](const BatchOutcome&) { ++ended; }));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  committer_.Stop();
  EXPECT_EQ(ended, kThreads * kBatches);
  EXPECT_EQ(stores_.ingest().stored().size(), static_cast<size_t>(kThreads * kBatches));
}

// A store whose first write throws.
class ThrowingStore final : public IngestStore {
 public:
  std::vector<BatchOutcome> Write(std::span<const IngestBatch* const> batches) override {
    if (!std::exchange(has_thrown_, true)) throw std::bad_alloc();
    return std::vector<BatchOutcome>(batches.size());
  }
  Status CheckWritable() override { return {}; }

 private:
  bool has_thrown_ = false;
};

TEST(GroupCommitter, WhatIsThrownIsToldToWhomItMetAndTheNextBatchIsTaken) {
  ThrowingStore store;
  GroupCommitter committer(store, 1000);
  const auto submit = [&] {
    std::promise<BatchOutcome> end;
    EXPECT_TRUE(committer.Submit(BatchOfApp(1), [&](const BatchOutcome& outcome) {
      end.set_value(outcome);
      throw std::runtime_error("a callback must not, but who knows");
    }));
    return end.get_future().get();
  };
  const BatchOutcome thrown = submit();
  EXPECT_EQ(thrown.fate, BatchFate::kUnknown) << "a part may be in the log";
  EXPECT_EQ(thrown.error.reason, "OutOfMemory");
  EXPECT_EQ(submit().fate, BatchFate::kStored);
}

}  // namespace
}  // namespace rawhaul
