#include <gtest/gtest.h>

#include "catalog/catalog_testing.h"

namespace rawhaul {
namespace {

const Timestamp kNow = *ParseTimestamp("2016-04-26T09:30:00Z");
constexpr std::chrono::hours kHour{1};

Guid Device(uint8_t number) {
  Guid guid;
  guid.bytes[15] = number;
  return guid;
}

CampaignPush PushOf(uint64_t campaign, std::string content = "") {
  return {CampaignType::kPoll, campaign, std::move(content), kNow + kHour};
}

class PushesTest : public ::testing::Test {
 protected:
  PushesTest() { app_ = catalog_->apps().Create({"s", "g", "c", "a"}, "ios", "a", "h", kNow)->id; }

  void Push(const CampaignPush& push, const std::vector<PushedDevice>& devices, Timestamp now = kNow) {
    EXPECT_TRUE(pushes_.Push(app_, push, devices, now));
  }
  // The campaigns that wait for the device.
  std::vector<uint64_t> Waiting(uint8_t device, Timestamp now = kNow) {
    std::vector<uint64_t> ids;
    const auto all = pushes_.ListWaiting(app_, Device(device), now).value();
    for (const auto& waiting : all) ids.push_back(waiting.push.campaign_id);
    return ids;
  }
  using Ids = std::vector<uint64_t>;

  TemporaryCatalog catalog_;
  uint32_t app_ = 0;
  PushCatalog& pushes_ = catalog_->pushes();
};

TEST_F(PushesTest, APushWaitsForItsDevicesAlone) {
  EXPECT_EQ(Waiting(1), Ids());
  Push(PushOf(7, "{}"), {{Device(1), 0x401, kNow}, {Device(2), 0, {}}});
  EXPECT_EQ(Waiting(3), Ids());
  EXPECT_EQ(Waiting(2), Ids{7});
  const auto waiting = pushes_.ListWaiting(app_, Device(1), kNow).value();
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].push.kind, CampaignType::kPoll);
  EXPECT_EQ(waiting[0].push.campaign_id, 7u);
  EXPECT_EQ(waiting[0].push.content, "{}");
  EXPECT_EQ(waiting[0].push.expires, kNow + kHour);
  EXPECT_FALSE(waiting[0].push.is_test());
  EXPECT_EQ(waiting[0].device.device, Device(1));
  EXPECT_EQ(waiting[0].device.flags, 0x401);
  EXPECT_EQ(waiting[0].device.last, kNow);
}

TEST_F(PushesTest, AnotherPushOfTheCampaignTakesThePlaceOfTheFirst) {
  Push(PushOf(7, "first"), {{Device(1), 0, {}}, {Device(2), 0, {}}});
  Push(PushOf(8), {{Device(1), 0, {}}});
  Push(PushOf(7, "second"), {{Device(1), 0, {}}});
  EXPECT_EQ(Waiting(1), (Ids{8, 7})) << "oldest first";
  EXPECT_EQ(pushes_.ListWaiting(app_, Device(1), kNow)->back().push.content, "second");
  EXPECT_EQ(pushes_.ListWaiting(app_, Device(2), kNow)->back().push.content, "first");
}

TEST_F(PushesTest, WhatIsRemovedWaitsNoMore) {
  Push(PushOf(7), {{Device(1), 0, {}}, {Device(2), 0, {}}});
  ASSERT_TRUE(pushes_.Remove(app_, Device(1), 7));
  ASSERT_TRUE(pushes_.Remove(app_, Device(1), 7));
  EXPECT_EQ(Waiting(1), Ids());
  EXPECT_EQ(Waiting(2), Ids{7});
}

TEST_F(PushesTest, APushAfterNothingWaitedIsSeen) {
  EXPECT_EQ(Waiting(1), Ids());
  Push(PushOf(7), {{Device(1), 0, {}}});
  EXPECT_EQ(Waiting(1), Ids{7});
  ASSERT_TRUE(pushes_.Remove(app_, Device(1), 7));
  EXPECT_EQ(Waiting(1), Ids());
  Push(PushOf(7), {{Device(1), 0, {}}});
  EXPECT_EQ(Waiting(1), Ids{7});
}

TEST_F(PushesTest, WhatHasExpiredDoesNotWait) {
  Push(PushOf(7), {{Device(1), 0, {}}});
  EXPECT_EQ(Waiting(1, kNow + kHour - std::chrono::milliseconds(1)), Ids{7});
  EXPECT_EQ(Waiting(1, kNow + kHour), Ids());
  Push(PushOf(8), {{Device(2), 0, {}}}, kNow + kHour);
  EXPECT_EQ(Waiting(1, kNow), Ids()) << "it was swept away";
}

TEST_F(PushesTest, TestsHaveIdsThatNoCampaignHasAndNoTestHad) {
  const auto first = pushes_.PushTest(app_, PushOf(0, "t"), Device(1), kNow);
  ASSERT_TRUE(first);
  EXPECT_GE(*first, kFirstTestId);
  EXPECT_EQ(Waiting(1), Ids{*first});
  EXPECT_TRUE(pushes_.ListWaiting(app_, Device(1), kNow)->front().push.is_test());
  ASSERT_TRUE(pushes_.Remove(app_, Device(1), *first));
  const auto second = pushes_.PushTest(app_, PushOf(0, "t"), Device(1), kNow);
  EXPECT_GT(*second, *first) << "though the first is gone";
}

TEST_F(PushesTest, AppsAreApartAndPushesSurviveReopening) {
  const uint32_t other = catalog_->apps().Create({"s", "g", "c", "b"}, "ios", "b", "h", kNow)->id;
  Push(PushOf(7), {{Device(1), 0, {}}});
  EXPECT_TRUE(pushes_.ListWaiting(other, Device(1), kNow)->empty());
  const auto reopened = OpenSqliteCatalog(catalog_.directory().file(), OldSchema::kMigrate).value();
  EXPECT_EQ(reopened->pushes().ListWaiting(app_, Device(1), kNow)->size(), 1u);
}

}  // namespace
}  // namespace rawhaul
