#include "delivery/queued_recorder.h"

#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "collect/fake_stores_testing.h"

namespace rawhaul {
namespace {

TEST(QueuedRecorder, ADiskThatHangsIsWaitedForNoLongerThanThePatience) {
  FakeStores stores;
  const ManualClock clock;
  Collector collector(stores, clock, {});
  const FeedbackKey key{CampaignType::kAnnouncement, 1, NameBasedGuid("device")};
  stores.ingest().Hold();
  const Status waited = RecordQueued(collector, 1, {&key, 1}, clock.Now(), std::chrono::milliseconds(1));
  stores.ingest().Release();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(waited.error().reason, kDiskError);
  EXPECT_TRUE(RecordQueued(collector, 1, {&key, 1}, clock.Now()));
}

}  // namespace
}  // namespace rawhaul
