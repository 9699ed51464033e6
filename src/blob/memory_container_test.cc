#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "blob/memory_container_testing.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;

const Error kFull{ErrorCode::kResourceExhausted, "full", "DiskFull"};

BlobCommit Empty(std::string_view blob) { return {.blob = blob, .blocks = {}}; }

TEST(MemoryContainerTest, TheNthCallFails) {
  MemoryStorage storage;
  const auto container = MakeMemoryContainer(storage);
  storage.FailStageBlock(2, kFull);
  storage.FailCommit(1, kFull);
  std::vector<BlockReceipt> blocks{container->StageBlock("x", 0, "a", {}).value()};
  EXPECT_EQ(container->StageBlock("x", 1, "b", {}).error(), kFull);
  EXPECT_EQ(storage.staged_blocks(), 1u);
  blocks.push_back(container->StageBlock("x", 1, "b", {}).value());
  EXPECT_EQ(storage.stage_calls(), 3u);
  EXPECT_EQ(container->Commit({.blob = "x", .blocks = blocks}, {}).error(), kFull);
  EXPECT_TRUE(container->Commit({.blob = "x", .blocks = blocks}, {}));
  EXPECT_EQ(storage.Read("x"), "ab");
}

TEST(MemoryContainerTest, ChecksFailAsLongAsTold) {
  MemoryStorage storage;
  const auto container = MakeMemoryContainer(storage);
  storage.FailCheckWritable(kFull);
  EXPECT_EQ(container->CheckWritable({}).error(), kFull);
  EXPECT_EQ(container->CheckWritable({}).error(), kFull);
  storage.FailCheckWritable(std::nullopt);
  EXPECT_TRUE(container->CheckWritable({}));
}

TEST(MemoryContainerTest, CallsWaitWhileHeld) {
  MemoryStorage storage;
  const auto container = MakeMemoryContainer(storage);
  storage.Hold();
  std::thread staging([&] { EXPECT_TRUE(container->StageBlock("x", 0, "a", {})); });
  storage.WaitForHeld(1);
  EXPECT_EQ(storage.staged_blocks(), 0u);
  storage.Release();
  staging.join();
  EXPECT_EQ(storage.staged_blocks(), 1u);
}

TEST(MemoryContainerTest, AStopEndsTheWait) {
  MemoryStorage storage;
  const auto container = MakeMemoryContainer(storage);
  storage.Hold();
  std::stop_source stop;
  std::thread committing(
      [&] { EXPECT_EQ(container->Commit(Empty("x"), stop.get_token()).error().code, ErrorCode::kCanceled); });
  storage.WaitForHeld(1);
  stop.request_stop();
  committing.join();
  EXPECT_TRUE(storage.blobs().empty());
}

TEST(MemoryContainerTest, CommitsAreRememberedInOrder) {
  MemoryStorage storage;
  const auto container = MakeMemoryContainer(storage, "p/");
  ASSERT_TRUE(container->Commit({.blob = "b", .blocks = {}, .properties = {.content_type = "text/csv"}}, {}));
  ASSERT_TRUE(container->Commit(Empty("a"), {}));
  EXPECT_THAT(storage.commits(), ElementsAre("p/b", "p/a"));
  EXPECT_EQ(storage.blobs().at("p/b").properties.content_type, "text/csv");
}

TEST(MemoryContainerTest, TheFactoryOpensOneStorageForEveryUrl) {
  MemoryStorage storage;
  MemoryContainerFactory factory(storage, "p/");
  ASSERT_TRUE((*factory.Open(Secret("https://one")))->Commit(Empty("a"), {}));
  ASSERT_TRUE((*factory.Open(Secret("https://two")))->Commit(Empty("b"), {}));
  EXPECT_EQ(storage.blobs().size(), 2u);
  EXPECT_EQ(factory.last_url(), "https://two");
  factory.FailOpen(kFull);
  EXPECT_EQ(factory.Open(Secret("https://three")).error(), kFull);
}

}  // namespace
}  // namespace rawhaul
