#include "collect/tag_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "collect/batch_fields.h"
#include "collect/collector_fixture_testing.h"

namespace rawhaul {
namespace {

using Tags = std::map<std::string, std::string>;

class TagWriterTest : public CollectorTest {
 protected:
  Tags TagsOf(const Guid& device) { return stores_.devices().Find(kApp, device).value().value().tags; }
  void AddDevice(const Guid& device, std::string_view user) {
    DevicePatch patch;
    patch.Seen(clock_.Now() - std::chrono::hours(1));
    patch.SetTag("old", "x", clock_.Now() - std::chrono::hours(1));
    patch.SetTag(kUserIdTag, std::string(user), clock_.Now() - std::chrono::hours(1));
    stores_.devices().Merge(kApp, device, patch);
  }

  const Guid other_ = NameBasedGuid("anonymous");
  TagWriter writer_{kApp, collector_, stores_.devices()};
};

TEST_F(TagWriterTest, SetsAndDeletesTagsOfADeviceThatIsNotSeenByIt) {
  AddDevice(DeviceId(), "jane");
  const Timestamp seen = Stored().last_seen;
  EXPECT_EQ(
      writer_.TagDevice("00112233-4455-6677-8899-AABBCCDDEEFF", {{"plan", "gold"}, {"old", std::nullopt}}),
      true);
  ASSERT_TRUE(writer_.Wait());
  EXPECT_EQ(Stored().tags, (Tags{{"plan", "gold"}, {"userid", "jane"}}));
  EXPECT_EQ(Stored().last_seen, seen);
}

TEST_F(TagWriterTest, ADeviceIsAlsoKnownByTheClientsOwnId) {
  AddDevice(other_, "jane");
  EXPECT_EQ(writer_.TagDevice("anonymous", {{"plan", "gold"}}), true);
  ASSERT_TRUE(writer_.Wait());
  EXPECT_EQ(TagsOf(other_).at("plan"), "gold");
}

TEST_F(TagWriterTest, UnknownAndMalformedIdsChangeNothing) {
  AddDevice(DeviceId(), "jane");
  for (const std::string& id : {std::string("unknown"), std::string(), std::string(257, 'x'),
                                std::string("00112233445566778899aabbccddee00")}) {
    EXPECT_EQ(writer_.TagDevice(id, {{"plan", "gold"}}), false) << id;
  }
  EXPECT_EQ(writer_.TagUser("joe", {{"plan", "gold"}}), false);
  EXPECT_EQ(writer_.TagUser("", {{"plan", "gold"}}), false);
  ASSERT_TRUE(writer_.Wait());
  EXPECT_TRUE(stores_.ingest().stored().empty());
}

TEST_F(TagWriterTest, AllDevicesOfAUserAreTagged) {
  AddDevice(DeviceId(), "jane");
  AddDevice(other_, "jane");
  AddDevice(NameBasedGuid("third"), "joe");
  EXPECT_EQ(writer_.TagUser("jane", {{"plan", "gold"}}), true);
  ASSERT_TRUE(writer_.Wait());
  EXPECT_EQ(TagsOf(DeviceId()).at("plan"), "gold");
  EXPECT_EQ(TagsOf(other_).at("plan"), "gold");
  EXPECT_FALSE(TagsOf(NameBasedGuid("third")).contains("plan"));
}

TEST_F(TagWriterTest, TheDevicesRecordsHaveTheirNewUser) {
  AddDevice(DeviceId(), "jane");
  EXPECT_EQ(HeadNow().user_id.json, "jane");
  EXPECT_EQ(writer_.TagDevice(kDevice, {{"userid", "joe"}}), true);
  ASSERT_TRUE(writer_.Wait());
  EXPECT_EQ(HeadNow().user_id.json, "joe");
}

TEST_F(TagWriterTest, NothingToChangeIsNotWritten) {
  AddDevice(DeviceId(), "jane");
  EXPECT_EQ(writer_.TagDevice(kDevice, {}), true);
  ASSERT_TRUE(writer_.Wait());
  EXPECT_TRUE(stores_.ingest().groups().empty());
}

TEST_F(TagWriterTest, WaitReturnsWhenAllIsDurable) {
  AddDevice(DeviceId(), "jane");
  stores_.ingest().Hold();
  EXPECT_EQ(writer_.TagDevice(kDevice, {{"plan", "gold"}}), true);
  stores_.ingest().WaitUntilHeld();
  EXPECT_FALSE(TagsOf(DeviceId()).contains("plan"));
  std::jthread release([this] { stores_.ingest().Release(); });
  ASSERT_TRUE(writer_.Wait());
  EXPECT_EQ(TagsOf(DeviceId()).at("plan"), "gold");
}

TEST_F(TagWriterTest, ADiskThatHangsIsWaitedForNoLongerThanThePatience) {
  AddDevice(DeviceId(), "jane");
  TagWriter impatient(kApp, collector_, stores_.devices(), std::nullopt, std::chrono::milliseconds(1));
  stores_.ingest().Hold();
  EXPECT_EQ(impatient.TagDevice(kDevice, {{"plan", "gold"}}), true);
  const auto waited = impatient.Wait();
  stores_.ingest().Release();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(waited.error().reason, kDiskError);
}

TEST_F(TagWriterTest, AFailureIsToldOnceAndThenItWorksAgain) {
  AddDevice(DeviceId(), "jane");
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "the disk is full", "DiskFull"});
  EXPECT_EQ(writer_.TagDevice(kDevice, {{"plan", "gold"}}), true);
  const auto failed = writer_.Wait();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, "DiskFull");
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(writer_.TagDevice(kDevice, {{"plan", "gold"}}), true);
  EXPECT_TRUE(writer_.Wait());
}

TEST_F(TagWriterTest, WhatADeviceCannotHaveIsToldByItself) {
  AddDevice(DeviceId(), "jane");
  stores_.ingest().FailWith(Error{ErrorCode::kInvalidArgument, "too many", "TooManyTags"});
  EXPECT_EQ(writer_.TagDevice("unknown", {{"plan", "gold"}}), false);
  EXPECT_EQ(writer_.TagDevice(kDevice, {{"plan", "gold"}}), true);
  const auto refused = writer_.Wait();
  ASSERT_TRUE(refused);
  ASSERT_EQ(refused->size(), 1u);
  EXPECT_EQ(refused->front().call, 1u);
  EXPECT_EQ(refused->front().error.reason, "TooManyTags");
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(writer_.TagDevice(kDevice, {{"plan", "gold"}}), true);
  EXPECT_TRUE(writer_.Wait()->empty()) << "it is told once";
}

TEST_F(TagWriterTest, AUserOfTooManyDevicesIsToldByItself) {
  for (size_t i = 0; i <= kMaxDevicesOfUser; ++i) AddDevice(NameBasedGuid(std::to_string(i)), "guest");
  AddDevice(DeviceId(), "jane");
  EXPECT_EQ(writer_.TagUser("guest", {{"plan", "gold"}}), true);
  EXPECT_EQ(writer_.TagUser("jane", {{"plan", "gold"}}), true);
  const auto refused = writer_.Wait();
  ASSERT_TRUE(refused);
  ASSERT_EQ(refused->size(), 1u);
  EXPECT_EQ(refused->front().call, 0u);
  EXPECT_EQ(refused->front().error.reason, kTooManyDevices);
  EXPECT_EQ(TagsOf(DeviceId()).at("plan"), "gold");
}

TEST(LargeTagWriterTest, AUserOfManyDevicesGetsMoreThanTheQueueHolds) {
  ManualClock clock;
  FakeStores stores;
  constexpr size_t kQueue = size_t{16} << 20;
  Collector collector(stores, clock, Options(kQueue));
  TagChanges tags;
  for (int i = 0; i < 100; ++i) tags.emplace_back("tag" + std::to_string(i), std::string(1000, 'x'));
  constexpr size_t kDevices = 400;  // which get 40 MB
  for (size_t i = 0; i < kDevices; ++i) {
    DevicePatch patch;
    patch.SetTag(kUserIdTag, "jane", clock.Now());
    stores.devices().Merge(kApp, NameBasedGuid(std::to_string(i)), patch);
  }
  TagWriter writer(kApp, collector, stores.devices());
  EXPECT_EQ(writer.TagUser("jane", tags), true);
  const auto refused = writer.Wait();
  ASSERT_TRUE(refused) << refused.error().message;
  for (size_t i = 0; i < kDevices; ++i)
    EXPECT_EQ(stores.devices().Find(kApp, NameBasedGuid(std::to_string(i)))->value().tags.size(), 101u);
}

TEST_F(TagWriterTest, BackPressureIsToldToWhoeverGoesOn) {
  AddDevice(DeviceId(), "jane");
  stores_.ingest().Hold();
  const TagChanges large{{"plan", std::string(1024, 'x')}};  // of the 4 KiB that may wait
  Result<bool> told = true;
  for (int i = 0; i < 10 && told; ++i) told = writer_.TagDevice(kDevice, large);
  stores_.ingest().Release();
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::kResourceExhausted);
  const auto waited = writer_.Wait();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kResourceExhausted);
}

TEST(CheckTag, NamesTheTagAndTheRule) {
  const CollectLimits limits;
  EXPECT_TRUE(CheckTag("tags.d", std::string(64, 'k'), std::string(1024, 'v'), limits));
  EXPECT_EQ(CheckTag("tags.d", "", "v", limits).error().message,
            "the key \"\" of \"tags.d\" must have 1 to 64 characters and no control characters");
  EXPECT_FALSE(CheckTag("tags.d", std::string(65, 'k'), "v", limits));
  EXPECT_FALSE(CheckTag("tags.d", "a\nb", "v", limits));
  EXPECT_EQ(CheckTag("tags.d", "plan", std::string(1025, 'v'), limits).error().message,
            "\"tags.d.plan\" must have at most 1024 characters");
}

}  // namespace
}  // namespace rawhaul
