#include "delivery/delivery.h"

#include <thread>

#include "delivery/delivery_fixture_testing.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using std::chrono::hours;
using std::chrono::milliseconds;

const char kGold[] = R"("audience":{"criteria":{"Gold":{"type":"string-tag","name":"plan","value":"gold"}}})";

TEST_F(DeliveryTest, ADeviceThatReportedNothingIsUnknown) {
  Activate();
  Tag(2, "plan", "gold");  // over the REST API, say
  for (const uint64_t device : {2u, 3u}) {
    const auto due = Ask(device);
    ASSERT_FALSE(due) << device;
    EXPECT_EQ(due.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(due.error().reason, "DeviceNotFound");
  }
}

TEST_F(DeliveryTest, ACampaignIsDueWhileItIsInProgress) {
  const Timestamp start = clock_.Now() + hours(1);
  const Campaign campaign = Activate(fmt::format(R"("startTime":"{}","endTime":"{}")", FormatTimestamp(start),
                                                 FormatTimestamp(start + hours(1))));
  Draft();
  EXPECT_EQ(DueIds(1), Ids());
  clock_.Set(start - milliseconds(1));
  EXPECT_EQ(DueIds(1), Ids());
  clock_.Set(start);
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  clock_.Set(start + hours(1));
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(DeliveryTest, AFinishedCampaignIsDueNoMore) {
  const Campaign campaign = Activate();
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  ASSERT_TRUE(catalog_->campaigns().Finish(campaign.key(), clock_.Now()));
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(DeliveryTest, TheFeedbackOnAllCampaignsIsReadInOneCall) {
  Ids ids;
  for (int i = 0; i < 20; ++i) ids.push_back(Activate().id);
  const size_t before = stores_.feedback().calls();
  EXPECT_EQ(DueIds(1), ids);
  EXPECT_EQ(stores_.feedback().calls(), before + 1);
}

TEST_F(DeliveryTest, QueuedIsStoredBeforeTheAnswerAndOnce) {
  const Campaign campaign = Activate();
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(Flags(1, campaign.id), FlagsOf({"Queued"}));
  const size_t stored = stores_.ingest().stored().size();
  const Timestamp seen = stores_.devices().Find(app_, DeviceNumber(1))->value().last_seen;
  clock_.Advance(hours(1));
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(stores_.ingest().stored().size(), stored) << "nothing new";
  EXPECT_EQ(stores_.devices().Find(app_, DeviceNumber(1))->value().last_seen, seen) << "asking is no report";
}

TEST_F(DeliveryTest, WhatCannotBeStoredIsNotGiven) {
  Activate();
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  const auto due = Ask(1);
  ASSERT_FALSE(due);
  EXPECT_EQ(due.error().reason, "DiskFull");
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(DueIds(1).size(), 1u);
}

TEST_F(DeliveryTest, ACampaignIsGivenAgainUntilTheDeviceReportsOnIt) {
  const Campaign campaign = Activate();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(DueIds(1), Ids{campaign.id}) << "an answer may be lost";
  Report(1, campaign.id, {"Dropped"});
  EXPECT_EQ(DueIds(1), Ids());
}

TEST_F(DeliveryTest, OnceQueuedADeviceStaysInTheAudience) {
  const Campaign campaign = Activate(kGold);
  EXPECT_EQ(DueIds(1), Ids());
  EXPECT_EQ(Flags(1, campaign.id), 0);
  Tag(1, "plan", "gold");
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  clock_.Advance(milliseconds(1));
  Tag(1, "plan", "silver");
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
}

TEST_F(DeliveryTest, AnAudienceMayDependOnAnotherCampaign) {
  const Campaign first = Activate();
  const Campaign second = Activate(fmt::format(
      R"("audience":{{"criteria":{{"Read":{{"type":"announcement-feedback","content-id":{},"action":"actioned"}}}}}})",
      first.id));
  EXPECT_EQ(DueIds(1), Ids{first.id});
  Report(1, first.id, {"ContentActioned"});
  EXPECT_EQ(DueIds(1), Ids{second.id});
}

TEST_F(DeliveryTest, OneShotIsForTheDevicesThatWereKnownWhenItBegan) {
  const Timestamp start = clock_.Now() + hours(1);
  const Campaign campaign =
      Activate(fmt::format(R"("pushMode":"one-shot","startTime":"{}")", FormatTimestamp(start)));
  clock_.Set(start);
  See(2);
  clock_.Advance(milliseconds(1));
  See(3);
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(DueIds(2), Ids{campaign.id});
  EXPECT_EQ(DueIds(3), Ids());
}

TEST_F(DeliveryTest, RealTimeIsForNewDevicesToo) {
  const Campaign campaign = Activate();
  clock_.Advance(hours(1));
  See(2);
  EXPECT_EQ(DueIds(2), Ids{campaign.id});
}

TEST_F(DeliveryTest, AppsAreApart) {
  const uint32_t other = catalog_->apps().Create({"s", "g", "c", "b"}, "ios", "l", "h", clock_.Now())->id;
  DevicePatch patch;
  patch.Seen(clock_.Now());
  stores_.devices().Merge(other, DeviceNumber(1), patch);
  Activate();
  std::promise<Result<DueCampaigns>> answer;
  delivery_.ListDue(other, DeviceNumber(1),
                    [&](Result<DueCampaigns> due) { answer.set_value(std::move(due)); });
  EXPECT_EQ(answer.get_future().get()->json, R"({"campaigns":[]})");
}

TEST_F(DeliveryTest, ADeviceGetsWhatItNeedsAndNoMore) {
  const Campaign campaign = Activate(
      R"("title":"Hello","body":"<b>","category":"c","type":"text/html","deliveryTime":"session",)"
      R"("deliveryActivities":["Home"],"notificationTitle":"N","notificationIcon":false,"actionUrl":"app://x",)"
      R"("endTime":"2016-04-27T00:00:00Z","timezone":"Europe/Amsterdam","audience":{"expression":""},)"
      R"("localization":{"fr":{"title":"Bonjour"}})");
  const json::array due = Due(1);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0], json::parse(fmt::format(
                        R"({{"id":{},"kind":"announcements","campaignType":"Announcement",)"
                        R"("startTime":"2016-04-26T09:30:00.000Z","endTime":"2016-04-26T22:00:00.000Z",)"
                        R"("title":"Hello","body":"<b>","category":"c","type":"text/html",)"
                        R"("deliveryTime":"session","deliveryActivities":["Home"],"notificationTitle":"N",)"
                        R"("notificationIcon":false,"actionUrl":"app://x"}})",
                        campaign.id)));
}

TEST_F(DeliveryTest, APayloadIsGivenAsItWasWritten) {
  const Campaign campaign = Activate(R"("payload":{"k":[1,null]})", CampaignType::kNativePush);
  const json::value push = Due(1).at(0);
  EXPECT_EQ(push.at("kind"), "nativePushes");
  EXPECT_EQ(push.at("payload"), json::parse(R"({"k":[1,null]})"));
  EXPECT_EQ(Flags(1, campaign.id, CampaignType::kNativePush), FlagsOf({"Queued"}));
}

TEST_F(DeliveryTest, TextsAreInTheLanguageOfTheDevice) {
  Activate(
      R"("title":"Hello","body":"World","localization":{"FR":{"title":"Bonjour","body":null}},"questions":[)"
      R"({"title":"Why?","localization":{"fr":{"title":"Pourquoi ?"}},"choices":[)"
      R"({"title":"Yes","isDefault":true,"localization":{"fr":{"title":"Oui"}}},{"title":"No"}]}])",
      CampaignType::kPoll);
  DevicePatch french;
  french.SetInfo("locale", "fr_BE", clock_.Now());
  stores_.devices().Merge(app_, DeviceNumber(1), french);
  const json::value poll = Due(1).at(0);
  EXPECT_EQ(poll.at("title"), "Bonjour");
  EXPECT_EQ(poll.at("body"), "World") << "what is not localized stays";
  EXPECT_EQ(poll.at("questions"),
            json::parse(R"([{"id":1,"title":"Pourquoi ?","choices":[{"id":2,"title":"Oui","isDefault":true},)"
                        R"({"id":3,"title":"No"}]}])"));
  See(2);
  EXPECT_EQ(Due(2).at(0).at("questions").at(0).at("title"), "Why?");
}

TEST_F(DeliveryTest, TheVersionIsThatOfTheAnswer) {
  const std::string empty = Ask(1)->version;
  Activate();
  const std::string one = Ask(1)->version;
  EXPECT_NE(one, empty);
  EXPECT_EQ(Ask(1)->version, one);
}

TEST_F(DeliveryTest, AnAnswerIsBoundedAndTheRestComesLater) {
  const std::string body(60000, 'x');
  Ids all;
  for (int i = 0; i < 20; ++i) all.push_back(Activate(fmt::format(R"("body":"{}")", body)).id);
  const auto first = Ask(1);
  EXPECT_LE(first->json.size(), kMaxDueBytes);
  EXPECT_GT(first->json.size(), kMaxDueBytes - 70000);
  EXPECT_EQ(Flags(1, all.back()), 0) << "what was not given is not queued";
  const Ids second = DueIds(1);
  EXPECT_EQ(second.front(), all[17]) << "what is new comes before what was given";
  EXPECT_EQ(Flags(1, all.back()), FlagsOf({"Queued"}));
  EXPECT_EQ(second.size(), 17u) << "and the room that is left is for the others";
}

TEST_F(DeliveryTest, ErrorsOfTheStoresAreTold) {
  Activate();
  stores_.feedback().FailWith(Error{ErrorCode::kDataLoss, "damaged"});
  EXPECT_EQ(Ask(1).error().code, ErrorCode::kDataLoss);
  stores_.feedback().FailWith(std::nullopt);
  stores_.devices().FailWith(Error{ErrorCode::kDataLoss, "damaged"});
  EXPECT_EQ(Ask(1).error().code, ErrorCode::kDataLoss);
}

const char kSubset[] = R"("audience":{"filters":[{"type":"engage-subset","max":3}]})";

TEST_F(DeliveryTest, AStopEndsTheCountingOfDevices) {
  const uint64_t id = Activate(kSubset).id;
  Report(2, id, {"Queued"});
  std::stop_source stop;
  CampaignDelivery delivery(
      {stores_, catalog_->campaigns(), catalog_->pushes(), collector_, clock_, stop.get_token()});
  stop.request_stop();
  std::promise<Result<DueCampaigns>> answer;
  delivery.ListDue(app_, DeviceNumber(1),
                   [&](Result<DueCampaigns> due) { answer.set_value(std::move(due)); });
  EXPECT_EQ(answer.get_future().get().error().reason, "Stopping");
  EXPECT_EQ(Due(1).size(), 1u) << "without a stop it is counted";
}

TEST_F(DeliveryTest, ASubsetIsNeverOvershotByDevicesThatAskAtOnce) {
  constexpr uint64_t kDevices = 40;
  for (uint64_t device = 1; device <= kDevices; ++device) See(device);
  const Campaign campaign = Activate(kSubset);
  stores_.ingest().Hold();  // all of them have asked before the first is stored
  std::vector<std::promise<size_t>> answers(kDevices);
  std::vector<std::thread> threads;
  for (uint64_t device = 1; device <= kDevices; ++device) {
    threads.emplace_back([this, device, &answer = answers[device - 1]] {
      delivery_.ListDue(app_, DeviceNumber(device), [&answer](const Result<DueCampaigns>& due) {
        answer.set_value(json::parse(due.value().json).at("campaigns").as_array().size());
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  stores_.ingest().Release();
  size_t given = 0;
  for (auto& answer : answers) given += answer.get_future().get();
  EXPECT_EQ(given, 3u);
  size_t queued = 0;
  for (uint64_t device = 1; device <= kDevices; ++device) queued += Flags(device, campaign.id) != 0 ? 1 : 0;
  EXPECT_EQ(queued, 3u);
}

TEST_F(DeliveryTest, ASubsetCountsWhatWasQueuedBeforeTheServerStarted) {
  for (uint64_t device = 1; device <= 4; ++device) See(device);
  const Campaign campaign = Activate(kSubset);
  Report(8, campaign.id, {"Queued", "ContentActioned"});
  Report(9, campaign.id, {"Queued"});
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
  EXPECT_EQ(DueIds(2), Ids());
  EXPECT_EQ(DueIds(1), Ids{campaign.id}) << "who has a place keeps it";
}

TEST_F(DeliveryTest, APlaceThatCouldNotBeStoredIsFreeAgain) {
  for (uint64_t device = 1; device <= 4; ++device) See(device);
  const Campaign campaign = Activate(kSubset);
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  for (uint64_t device = 1; device <= 4; ++device) EXPECT_FALSE(Ask(device));
  stores_.ingest().FailWith(std::nullopt);
  size_t given = 0;
  for (uint64_t device = 1; device <= 4; ++device) given += DueIds(device).size();
  EXPECT_EQ(given, 3u);
}

TEST_F(DeliveryTest, TheLimitIsThatOfTheLastUpdate) {
  const std::string start = FormatTimestamp(clock_.Now() + hours(1));
  const auto with_max = [&](int max) {
    return fmt::format(
        R"({{"name":"n","startTime":"{}","audience":{{"filters":[{{"type":"engage-subset","max":{}}}]}}}})",
        start, max);
  };
  auto& campaigns = catalog_->campaigns();
  const auto kind = CampaignType::kAnnouncement;
  const Campaign campaign =
      campaigns.Create(app_, kind, ParseCampaignContent(with_max(0), kind).value()).value();
  ASSERT_TRUE(campaigns.Activate(campaign.key(), clock_.Now()));
  EXPECT_EQ(DueIds(1), Ids());
  ASSERT_TRUE(campaigns.Suspend(campaign.key(), clock_.Now()));
  ASSERT_TRUE(
      campaigns.Update(campaign.key(), ParseCampaignContent(with_max(1), kind).value(), clock_.Now()));
  ASSERT_TRUE(campaigns.Activate(campaign.key(), clock_.Now()));
  clock_.Advance(hours(1));
  EXPECT_EQ(DueIds(1), Ids{campaign.id});
}

class QuotaTest : public DeliveryTest {
 protected:
  QuotaTest() : DeliveryTest({2, std::chrono::days(7)}) {}
};

const char kQuota[] = R"("audience":{"filters":[{"type":"push-quota"}]})";

TEST_F(QuotaTest, ADeviceGetsNoMoreCampaignsThanItsQuotaWithinTheDays) {
  Ids all;
  for (int i = 0; i < 4; ++i) all.push_back(Activate(kQuota).id);
  EXPECT_EQ(DueIds(1), (Ids{all[0], all[1]})) << "also in one answer";
  EXPECT_EQ(DueIds(1), (Ids{all[0], all[1]})) << "what was queued is given again";
  for (const uint64_t id : {all[0], all[1]}) Report(1, id, {"ContentDisplayed"});
  ASSERT_TRUE(catalog_->campaigns().Finish({app_, CampaignType::kAnnouncement, all[0]}, clock_.Now()));
  EXPECT_EQ(DueIds(1), Ids()) << "also when they have ended";
  clock_.Advance(std::chrono::days(7) - milliseconds(1));
  EXPECT_EQ(DueIds(1), Ids());
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(DueIds(1), (Ids{all[2], all[3]}));
}

TEST_F(QuotaTest, CampaignsWithoutTheFilterCountButAreNotHeldBack) {
  const Campaign first = Activate();
  const Campaign second = Activate(R"("payload":{})", CampaignType::kNativePush);
  const Campaign third = Activate();
  EXPECT_EQ(DueIds(1), (Ids{first.id, second.id, third.id}));
  Activate(kQuota);
  EXPECT_EQ(DueIds(1), (Ids{first.id, second.id, third.id}));
}

TEST_F(DeliveryTest, WithoutAQuotaNobodyHasReachedIt) {
  for (int i = 0; i < 5; ++i) Activate(kQuota);
  EXPECT_EQ(DueIds(1).size(), 5u);
}

}  // namespace
}  // namespace rawhaul
