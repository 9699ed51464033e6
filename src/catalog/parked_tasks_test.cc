#include "catalog/parked_tasks.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2016) / 4 / 26);

const Error kNoAnswer{ErrorCode::kUnavailable, "cannot connect"};

class ParkedTasksTest : public testing::Test {
 protected:
  // One that waits for its storage since then, and may be asked a second later.
  void Park(uint64_t id, const std::string& service, Timestamp since) {
    PausedTask<ExportTask> task{{}, service};
    task.task.id = id;
    parked_.Park(std::move(task), WaitsFor::kStorage, kNoAnswer.message, since, hours(24));
  }
  // Which ones are asked, one behind the other, when no storage answers.
  std::vector<uint64_t> Asked(Timestamp now) {
    std::vector<uint64_t> asked;
    while (const auto id = parked_.NextToTry(now)) {
      asked.push_back(*id);
      EXPECT_FALSE(parked_.TakeUnlessAway(*id, Fail(kNoAnswer), now));
    }
    return asked;
  }

  ParkedTasks<ExportTask> parked_{"export", [](const ExportTask&) { return Status(); }};
};

TEST_F(ParkedTasksTest, TheOneThatCouldBeAskedForTheLongestTimeIsNext) {
  Park(1, "a", kNow + seconds(2));
  Park(2, "b", kNow);
  Park(3, "c", kNow + seconds(1));
  EXPECT_EQ(parked_.NextToTry(kNow + seconds(2)), 2u);
  EXPECT_EQ(Asked(kNow + seconds(10)), (std::vector<uint64_t>{2, 3, 1}));
}

TEST_F(ParkedTasksTest, AStorageThatDoesNotAnswerIsAskedOnceForAllItsTasks) {
  for (uint64_t id = 1; id <= 9; ++id) Park(id, id % 3 == 0 ? "a" : "b", kNow);
  Park(10, "", kNow);
  Park(11, "", kNow);
  EXPECT_EQ(Asked(kNow + seconds(1)), (std::vector<uint64_t>{1, 3, 10, 11}));
  EXPECT_EQ(Asked(kNow + seconds(2)), std::vector<uint64_t>{});
  EXPECT_EQ(Asked(kNow + seconds(3)), (std::vector<uint64_t>{1, 3, 10, 11})) << "their pauses have doubled";
}

TEST_F(ParkedTasksTest, ATaskThatMayNotBeAskedForYetKeepsItsPause) {
  Park(1, "a", kNow);
  Park(2, "a", kNow + seconds(1));
  EXPECT_EQ(Asked(kNow + seconds(1)), std::vector<uint64_t>{1});
  EXPECT_EQ(Asked(kNow + seconds(2)), std::vector<uint64_t>{2});
}

TEST_F(ParkedTasksTest, ThoseWhoseTimeIsUpAreTakenOnceTheirStorageWasAsked) {
  Park(1, "a", kNow);
  Park(2, "b", kNow + hours(1));
  PausedTask<ExportTask> unasked{{}, "c"};
  unasked.task.id = 3;
  unasked.task.wait = TaskWait{WaitsFor::kStorage, kNow};
  parked_.Add(std::move(unasked));
  const auto expired = parked_.TakeExpired(kNow + hours(24));
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].task.id, 1u);
  EXPECT_FALSE(parked_.contains(1));
  EXPECT_TRUE(parked_.contains(2) && parked_.contains(3));
}

}  // namespace
}  // namespace rawhaul
