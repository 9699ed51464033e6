#include "api/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"

namespace rawhaul::api {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

const Error kFull{ErrorCode::kUnavailable, "the disk is full", "DiskFull"};

class ReadinessTest : public testing::Test {
 protected:
  TemporaryCatalog catalog_;
  FakeStores stores_;
  std::atomic<milliseconds> passed_{milliseconds(0)};
  Readiness readiness_{*catalog_, stores_.ingest(), [this] { return Readiness::Time(passed_.load()); }};
};

TEST_F(ReadinessTest, AStoreThatCannotBeWrittenIsNotReadyUntilItCan) {
  readiness_.Look();
  EXPECT_TRUE(readiness_.Last().status);
  stores_.ingest().FailWith(kFull);
  readiness_.Look();
  EXPECT_EQ(readiness_.Last().status.error(), kFull);
  stores_.ingest().FailWith(std::nullopt);
  readiness_.Look();
  EXPECT_TRUE(readiness_.Last().status);
}

TEST_F(ReadinessTest, WhatWasSeenHasItsAge) {
  readiness_.Look();
  EXPECT_EQ(readiness_.Last().age, milliseconds(0));
  passed_ = milliseconds(1500);
  EXPECT_EQ(readiness_.Last().age, milliseconds(1500));
  EXPECT_TRUE(readiness_.Last().status);
}

TEST_F(ReadinessTest, NothingWasSeenBeforeTheFirstLook) {
  EXPECT_EQ(readiness_.Last().status.error().reason, "DiskHangs");
}

TEST_F(ReadinessTest, WhileADiskHangsTheAnswerComesAndIsNoAtTheLatestWhenTheLastLookIsOld) {
  readiness_.Look();
  stores_.ingest().Hold();
  std::jthread look([this] { readiness_.Look(); });
  stores_.ingest().WaitUntilHeld();
  EXPECT_TRUE(readiness_.Last().status);
  passed_ = Readiness::kMaxAge + milliseconds(1);
  const Readiness::Seen seen = readiness_.Last();
  ASSERT_FALSE(seen.status);
  EXPECT_EQ(seen.status.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(seen.status.error().reason, "DiskHangs");
  EXPECT_THAT(seen.status.error().message, HasSubstr("for 15 s"));
  stores_.ingest().Release();
  look.join();
  EXPECT_TRUE(readiness_.Last().status);
}

TEST_F(ReadinessTest, AWatcherLooksUntilItGoes) {
  stores_.ingest().Hold();
  {
    const ReadinessWatcher watcher(readiness_);
    stores_.ingest().WaitUntilHeld();
    stores_.ingest().Release();
  }
  EXPECT_TRUE(readiness_.Last().status);
}

}  // namespace
}  // namespace rawhaul::api
