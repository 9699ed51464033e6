#include "delivery/delivery_fixture_testing.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using std::chrono::hours;
using std::chrono::milliseconds;

const char kManual[] = R"("pushMode":"manual","title":"Hello")";

class PushTest : public DeliveryTest {
 protected:
  Result<std::vector<std::string>> Push(const Campaign& campaign, const std::vector<uint64_t>& devices,
                                        const std::optional<CampaignContent>& content = std::nullopt) {
    std::vector<std::string> ids;
    for (const uint64_t device : devices) ids.push_back(DeviceNumber(device).ToHex());
    return delivery_.Push(campaign, ids, content);
  }
  static CampaignContent Content(std::string_view members) {
    return ParseCampaignContent(fmt::format(R"({{"name":"n",{}}})", members), CampaignType::kAnnouncement)
        .value();
  }
  Status Test(uint64_t device, const std::string& content, const std::string& language = "") {
    return delivery_.Test(app_, CampaignType::kAnnouncement, content, DeviceNumber(device).ToHex(), language);
  }
};

TEST_F(PushTest, AManualCampaignGoesToTheDevicesItIsPushedToAlone) {
  See(2);
  const Campaign campaign = Activate(kManual);
  EXPECT_EQ(DueIds(1), Ids());
  EXPECT_TRUE(Push(campaign, {1})->empty());
  EXPECT_EQ(Flags(1, campaign.id), FlagsOf({"Queued"})) << "before anybody asks";
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(DueIds(2), Ids());
  Report(1, campaign.id, {"ContentDisplayed"});
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, ItMayBePushedAgainToADeviceThatAnswered) {
  const Campaign campaign = Activate(kManual);
  ASSERT_TRUE(Push(campaign, {1}));
  clock_.Advance(hours(1));
  Report(1, campaign.id, {"ContentActioned"});
  EXPECT_EQ(DueIds(1), Ids());
  ASSERT_TRUE(Push(campaign, {1}));
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  clock_.Advance(hours(1));
  EXPECT_EQ(DueIds(1), Ids{campaign.id}) << "the answer to the first push is none to the second";
  Report(1, campaign.id, {"ContentActioned"});
  EXPECT_EQ(DueIds(1), Ids()) << "the same answer as before, but later";
}

TEST_F(PushTest, TheAnswersOfADeviceWhoseClockIsSlowCount) {
  const Campaign campaign = Activate(kManual);
  ASSERT_TRUE(Push(campaign, {1}));
  clock_.Advance(-hours(5));
  Report(1, campaign.id, {"ContentDisplayed"});
  clock_.Advance(hours(5));
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, WhoReportedWithoutBeingQueuedGetsItToo) {
  const Campaign campaign = Activate(kManual);
  Report(1, campaign.id, {"ContentDisplayed"});
  clock_.Advance(hours(1));
  ASSERT_TRUE(Push(campaign, {1}));
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(Flags(1, campaign.id), FlagsOf({"Queued", "ContentDisplayed"}));
}

TEST_F(PushTest, InvalidIdsAreToldAsTheyWereSpelledAndTheOthersGetIt) {
  const Campaign campaign = Activate(kManual);
  DevicePatch patch;
  patch.Seen(clock_.Now());
  stores_.devices().Merge(app_, NameBasedGuid("user-7"), patch);
  Tag(3, "plan", "gold");  // it has never been seen
  const std::string dashed = "00000000-0000-0000-0000-000000000001";
  const std::string never_seen = DeviceNumber(3).ToHex();
  const auto invalid = delivery_.Push(campaign, {"", "Nobody", dashed, never_seen, "user-7"}, std::nullopt);
  EXPECT_EQ(invalid, (std::vector<std::string>{"", "Nobody", never_seen}));
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_TRUE(catalog_->pushes().ListWaiting(app_, NameBasedGuid("user-7"), clock_.Now())->size() == 1);
}

TEST_F(PushTest, OnlyAManualCampaignInProgressCanBePushed) {
  const auto refused = [&](const Campaign& campaign) {
    const auto pushed = Push(campaign, {1});
    return pushed ? "" : fmt::format("{} {}", pushed.error().reason, pushed.error().message);
  };
  EXPECT_EQ(refused(Draft(kManual)),
            "InvalidCampaignState The campaign 1 is draft; only one in progress can be pushed.");
  EXPECT_EQ(refused(Activate()),
            "InvalidCampaignState The campaign 2 delivers itself; only one whose pushMode is manual can be "
            "pushed.");
  const Campaign campaign = Activate(kManual);
  EXPECT_EQ(refused(catalog_->campaigns().Finish(campaign.key(), clock_.Now()).value()),
            "InvalidCampaignState The campaign 3 is finished; only one in progress can be pushed.");
  EXPECT_EQ(DueIds(1), Ids{2}) << "the one that delivers itself";
}

TEST_F(PushTest, APushEndsWithItsCampaign) {
  const Campaign campaign = Activate(kManual);
  ASSERT_TRUE(Push(campaign, {1}));
  ASSERT_TRUE(catalog_->campaigns().Finish(campaign.key(), clock_.Now()));
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, OtherContentIsForThesePushesAlone) {
  See(2);
  const Campaign campaign = Activate(kManual);
  ASSERT_TRUE(
      Push(campaign, {1}, Content(R"("title":"Special","localization":{"fr":{"title":"Spéciale"}})")));
  ASSERT_TRUE(Push(campaign, {2}));
  const json::value special = Due(1).at(0);
  EXPECT_EQ(special.at("id"), campaign.id);
  EXPECT_EQ(special.at("title"), "Special");
  EXPECT_EQ(special.at("endTime").as_string(), FormatTimestamp(clock_.Now() + hours(4 * 7 * 24)));
  EXPECT_EQ(Due(2).at(0).at("title"), "Hello");
  DevicePatch french;
  french.SetInfo("locale", "fr", clock_.Now());
  stores_.devices().Merge(app_, DeviceNumber(1), french);
  EXPECT_EQ(Due(1).at(0).at("title"), "Spéciale");
}

TEST_F(PushTest, APushWaitsFourWeeksOrToItsOwnEnd) {
  See(2);
  const Campaign campaign = Activate(kManual);
  const Timestamp end = clock_.Now() + hours(1);
  ASSERT_TRUE(Push(campaign, {1}));
  ASSERT_TRUE(Push(campaign, {2}, Content(fmt::format(R"("endTime":"{}")", FormatTimestamp(end)))));
  clock_.Set(end - milliseconds(1));
  EXPECT_EQ(DueIds(2), Ids{campaign.id});
  clock_.Set(end);
  EXPECT_EQ(DueIds(2), Ids());
  clock_.Advance(kPushLifetime - hours(1) - milliseconds(1));
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, WhatCannotBeStoredIsNotPushed) {
  const Campaign campaign = Activate(kManual);
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  EXPECT_EQ(Push(campaign, {1}).error().reason, "DiskFull");
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, ThousandsOfDevicesAtOnce) {
  const Campaign campaign = Activate(kManual);
  std::vector<uint64_t> devices(2500);
  for (size_t i = 0; i < devices.size(); ++i) {
    devices[i] = i + 1;
    See(devices[i]);
  }
  EXPECT_TRUE(Push(campaign, devices)->empty());
  for (const uint64_t device : {1u, 1001u, 2500u}) EXPECT_EQ(DueIds(device), Ids{campaign.id});
}

TEST_F(PushTest, ATestIsGivenWhateverTheStateAndTheAudience) {
  const Campaign draft = Draft(R"("title":"Try","audience":{"criteria":{"A":{"type":"segment"}}})");
  ASSERT_TRUE(Test(1, draft.content.json));
  const json::value test = Due(1).at(0);
  EXPECT_EQ(test.at("test"), true);
  EXPECT_EQ(test.at("title"), "Try");
  EXPECT_EQ(test.at("campaignType"), "Announcement");
  EXPECT_FALSE(test.as_object().contains("audience"));
}

TEST_F(PushTest, ATestLeavesNoTraceOnItsCampaignAndEndsWhenItIsReported) {
  const Campaign campaign = Activate();
  Report(1, campaign.id, {"Queued", "ContentActioned"});
  ASSERT_TRUE(Test(1, campaign.content.json));
  const size_t stored = stores_.ingest().stored().size();
  const Ids ids = DueIds(1);
  ASSERT_EQ(ids.size(), 1u);
  EXPECT_GE(ids[0], kFirstTestId);
  EXPECT_LT(ids[0], uint64_t{1} << 53) << "what JavaScript can count to";
  EXPECT_EQ(DueIds(1), ids) << "an answer may be lost";
  EXPECT_EQ(stores_.ingest().stored().size(), stored) << "nothing is queued";
  Report(1, ids[0], {"ContentDisplayed"});
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, ATestIsInTheLanguageThatIsAskedFor) {
  const std::string content = R"({"title":"Hello","localization":{"fr":{"title":"Bonjour"}}})";
  DevicePatch french;
  french.SetInfo("locale", "fr", clock_.Now());
  stores_.devices().Merge(app_, DeviceNumber(1), french);
  ASSERT_TRUE(Test(1, content));
  ASSERT_TRUE(Test(1, content, "FR"));
  const json::array due = Due(1);
  EXPECT_EQ(due.at(0).at("title"), "Hello") << "the campaign's own, not the device's";
  EXPECT_EQ(due.at(1).at("title"), "Bonjour");
}

TEST_F(PushTest, ATestWaitsADay) {
  ASSERT_TRUE(Test(1, "{}"));
  clock_.Advance(kTestLifetime - milliseconds(1));
  EXPECT_EQ(DueIds(1).size(), 1u);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(PushTest, ATestForADeviceThatReportedNothingIsRefused) {
  for (const char* id : {"", "nobody", "00000000000000000000000000000009"}) {
    const Status tested = delivery_.Test(app_, CampaignType::kPoll, "{}", id, "");
    ASSERT_FALSE(tested) << id;
    EXPECT_EQ(tested.error().reason, "DeviceNotFound");
  }
}

class PushQuotaTest : public DeliveryTest {
 protected:
  PushQuotaTest() : DeliveryTest({1, std::chrono::days(1)}) {}
};

TEST_F(PushQuotaTest, DevicesThatHaveReachedTheirQuotaAreInvalid) {
  See(2);
  Activate();
  EXPECT_EQ(DueIds(1).size(), 1u);
  const std::vector<std::string> ids{DeviceNumber(1).ToHex(), DeviceNumber(2).ToHex()};
  const Campaign limited = Activate(R"("pushMode":"manual","audience":{"filters":[{"type":"push-quota"}]})");
  EXPECT_EQ(delivery_.Push(limited, ids, std::nullopt), std::vector<std::string>{ids[0]});
  const Campaign unlimited = Activate(kManual);
  EXPECT_EQ(delivery_.Push(unlimited, ids, std::nullopt), std::vector<std::string>());
}

}  // namespace
}  // namespace rawhaul
