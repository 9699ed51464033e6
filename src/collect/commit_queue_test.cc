#include "collect/commit_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using ::testing::ElementsAre;

class CommitQueueTest : public ::testing::Test {
 protected:
  void Add(uint32_t app, size_t bytes = 1) {
    CommitQueue::Item item{{}, nullptr, bytes};
    item.batch.app = app;
    queue_.Add(std::move(item));
  }
  std::vector<uint32_t> Take(size_t max_items, size_t max_bytes = 100) {
    std::vector<uint32_t> apps;
    taken_ = queue_.Take(max_items, max_bytes);
    for (const auto& item : taken_) apps.push_back(item.batch.app);
    return apps;
  }

  CommitQueue queue_{100};
  std::vector<CommitQueue::Item> taken_;
};

TEST_F(CommitQueueTest, AppsTakeTurns) {
  for (int i = 0; i < 5; ++i) Add(1);
  Add(2);
  Add(3);
  Add(3);
  EXPECT_THAT(Take(4), ElementsAre(1, 2, 3, 1));
  Add(4);
  EXPECT_THAT(Take(4), ElementsAre(3, 1, 4, 1));
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_THAT(Take(4), ElementsAre(1));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CommitQueueTest, WhatIsTooLargeToComeAlongIsFirstTheNextTime) {
  Add(1, 60);
  Add(2, 50);
  Add(1, 60);
  Add(3, 30);
  EXPECT_THAT(Take(10), ElementsAre(1, 3));
  EXPECT_THAT(Take(10), ElementsAre(2));
  EXPECT_THAT(Take(10), ElementsAre(1));
  Add(1, 200);
  EXPECT_THAT(Take(10), ElementsAre(1)) << "alone, however large";
}

TEST_F(CommitQueueTest, AnAppHasThreeQuartersOfTheRoomAtMost) {
  EXPECT_TRUE(queue_.HasRoom(1, 1000)) << "alone";
  Add(1, 50);
  EXPECT_TRUE(queue_.HasRoom(1, 25));
  EXPECT_FALSE(queue_.HasRoom(1, 26));
  EXPECT_TRUE(queue_.HasRoom(2, 50));
  EXPECT_FALSE(queue_.HasRoom(2, 51));
}

TEST_F(CommitQueueTest, WhatWasTakenTakesRoomUntilItIsWritten) {
  Add(1, 75);
  Add(2, 25);
  Take(1);
  EXPECT_FALSE(queue_.HasRoom(1, 1));
  EXPECT_FALSE(queue_.HasRoom(2, 1));
  queue_.Release(taken_);
  EXPECT_TRUE(queue_.HasRoom(1, 75));
  Take(1);
  queue_.Release(taken_);
  EXPECT_TRUE(queue_.HasRoom(1, 1000));
}

}  // namespace
}  // namespace rawhaul
