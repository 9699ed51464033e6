#include "collect/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/collector_fixture_testing.h"
#include "model/json_text.h"
#include "model/record_batch.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::string> NamesOf(const EncodedRecords& records) {
  auto reader = RecordBatchReader::Open(records.encoded).value();
  std::vector<std::string> names;
  for (RecordRow row; reader.Next(row);) names.push_back(JsonUnescape(row.name.json));
  EXPECT_TRUE(reader.status());
  return names;
}

TEST_F(CollectorTest, EmptyBatchMeansTheDeviceWasSeen) {
  const auto outcome = Collect(Batch(""));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 0u);
  EXPECT_THAT(outcome->rejected, IsEmpty());
  EXPECT_EQ(Stored().first_seen, clock_.Now());
  EXPECT_EQ(Stored().last_seen, clock_.Now());
  EXPECT_THAT(Last().records, IsEmpty());
}

TEST_F(CollectorTest, CountsRecordsAndFeedback) {
  const auto outcome = Collect(Records(
      std::string(kEvent) +
      R"(,{"kind":"event"},{"kind":"feedback","campaignType":"Poll","campaignId":1,"status":["Queued"],)"
      R"("timestamp":"2016-04-26T09:00:00Z"})"));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 2u);
  ASSERT_EQ(outcome->rejected.size(), 1u);
  EXPECT_EQ(outcome->rejected[0].index, 1u);
  ASSERT_FALSE(Collect("{"));
  const auto counters = collector_.counters();
  EXPECT_EQ(counters.batches, 1u);
  EXPECT_EQ(counters.accepted, 2u);
  EXPECT_EQ(counters.rejected, 1u);
}

TEST_F(CollectorTest, MalformedBatchIsRefusedAtOnce) {
  bool called = false;
  collector_.Collect(kApp, "{}", [&](Result<CollectOutcome> outcome) {
    called = true;
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument);
  });
  EXPECT_TRUE(called);
  EXPECT_THAT(stores_.ingest().groups(), IsEmpty());
}

TEST_F(CollectorTest, RecordsArePackedByKindAndHourInTheirOrder) {
  const auto record = [](std::string_view kind, std::string_view name, std::string_view time) {
    return fmt::format(R"({{"kind":"{}","name":"{}","timestamp":"2016-04-26T{}Z"}})", kind, name, time);
  };
  ASSERT_TRUE(
      Collect(Records(fmt::format("{},{},{},{},{}", record("event", "b", "09:59:59.999"),
                                  record("error", "e", "09:00:00"), record("event", "a", "09:00:00"),
                                  record("event", "later", "10:00:00"), record("event", "c", "09:30:00")))));
  const auto records = Last().records;
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].kind, RecordKind::kEvent);
  EXPECT_EQ(records[0].hour, HourOf(At("2016-04-26T09:00:00Z")));
  EXPECT_THAT(NamesOf(records[0]), ElementsAre("b", "a", "c"));
  EXPECT_EQ(records[1].kind, RecordKind::kError);
  EXPECT_EQ(HeadOf(records[1]).kind, RecordKind::kError);
  EXPECT_THAT(NamesOf(records[1]), ElementsAre("e"));
  EXPECT_EQ(records[2].hour, HourOf(At("2016-04-26T10:00:00Z")));
  EXPECT_THAT(NamesOf(records[2]), ElementsAre("later"));
}

TEST_F(CollectorTest, RowsHoldWhatWasSent) {
  ASSERT_TRUE(Collect(Records(
      R"({"kind":"job","jobId":"0000000000000000000000000000000a","name":"publish","start":"2016-04-26T09:00:00Z",)"
      R"("end":"2016-04-26T11:00:00Z","extras":{"size":1.50}})")));
  const auto stored = Last();
  EXPECT_EQ(stored.app, kApp);
  EXPECT_EQ(stored.device_id, DeviceId());
  EXPECT_EQ(stored.received_at, clock_.Now());
  ASSERT_EQ(stored.records.size(), 1u);
  auto reader = RecordBatchReader::Open(stored.records[0].encoded).value();
  EXPECT_EQ(reader.head().device_id, DeviceId());
  EXPECT_EQ(reader.head().received_at, clock_.Now());
  RecordRow row;
  ASSERT_TRUE(reader.Next(row));
  EXPECT_EQ(row.job_id.ToHex(), "0000000000000000000000000000000a");
  EXPECT_EQ(row.start, At("2016-04-26T09:00:00Z"));
  EXPECT_EQ(row.end, At("2016-04-26T11:00:00Z"));
  EXPECT_EQ(row.extras, R"({"size":1.50})");
}

TEST_F(CollectorTest, DeviceFieldsAreStored) {
  ASSERT_TRUE(Collect(
      R"({"deviceId":"anonymous","info":{"locale":"nl"},"location":{"region":"NH"},"appInfo":{"a":1,"b":"x"},)"
      R"("pushToken":{"type":"fcm","token":"t"},"nativePushEnabled":true})"));
  const auto device = stores_.devices().Find(kApp, NameBasedGuid("anonymous")).value().value();
  EXPECT_THAT(device.info, ElementsAre(Pair("locale", "nl")));
  EXPECT_THAT(device.location, ElementsAre(Pair("region", "NH")));
  EXPECT_THAT(device.tags, ElementsAre(Pair("a", "1"), Pair("b", "x")));
  EXPECT_EQ(device.token, (PushToken{"fcm", "t"}));
  EXPECT_EQ(device.native_push_enabled, true);
  EXPECT_EQ(device.external_id, "anonymous");
  EXPECT_EQ(device.last_info, clock_.Now());
}

TEST_F(CollectorTest, NullsDelete) {
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"a":1},"pushToken":{"type":"fcm","token":"t"})")));
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"a":null},"pushToken":null)")));
  EXPECT_THAT(Stored().tags, IsEmpty());
  EXPECT_EQ(Stored().token, std::nullopt);
}

TEST_F(CollectorTest, ErrorsOfTheDeviceStoreArePassedOn) {
  const Error error{ErrorCode::kDataLoss, "the device is damaged", "Corruption"};
  stores_.devices().FailWith(error);
  const auto outcome = Collect(Batch(""));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), error);
}

TEST_F(CollectorTest, SameBatchIdIsStoredOnceAndAnsweredAlike) {
  const auto json =
      Batch(fmt::format(R"("batchId":"000000000000000000000000000000bb","records":[{},{{}}])", kEvent));
  for (int i = 0; i < 2; ++i) {
    const auto outcome = Collect(json);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->accepted, 1u);
    EXPECT_EQ(outcome->rejected.size(), 1u);
  }
  EXPECT_EQ(stores_.ingest().stored().size(), 1u);
  EXPECT_EQ(Last().batch_id->ToHex(), "000000000000000000000000000000bb");
}

TEST_F(CollectorTest, SeenSpansTheRecordsUpToNow) {
  ASSERT_TRUE(Collect(Records(
      R"({"kind":"event","name":"n","timestamp":"2016-04-20T00:00:00Z"},{"kind":"event","name":"n","timestamp":"2030-01-01T00:00:00Z"})")));
  EXPECT_EQ(Stored().first_seen, At("2016-04-20T00:00:00Z"));
  EXPECT_EQ(Stored().last_seen, clock_.Now());
}

TEST_F(CollectorTest, FeedbackIsMergedByCampaign) {
  const auto feedback = [](std::string_view type, int id, std::string_view flag, std::string_view time) {
    return fmt::format(
        R"({{"kind":"feedback","campaignType":"{}","campaignId":{},"status":["{}"],"timestamp":"2016-04-26T{}Z"}})",
        type, id, flag, time);
  };
  ASSERT_TRUE(Collect(Records(fmt::format(
      "{},{},{},{}", feedback("Announcement", 1, "ContentDisplayed", "10:00:00"),
      feedback("Poll", 1, "Queued", "09:30:00"), feedback("Announcement", 1, "Queued", "09:00:00"),
      feedback("Announcement", 2, "Dropped", "09:00:00")))));
  const auto merged = Last().feedback;
  ASSERT_EQ(merged.size(), 3u);
  EXPECT_EQ(merged[0].first, (FeedbackKey{CampaignType::kAnnouncement, 1, DeviceId()}));
  EXPECT_EQ(merged[0].second,
            (Feedback{(1 << 0) | (1 << 8), At("2016-04-26T09:00:00Z"), At("2016-04-26T10:00:00Z")}));
  EXPECT_EQ(merged[1].first.campaign_id, 2u);
  EXPECT_EQ(merged[2].first.type, CampaignType::kPoll);
}

TEST_F(CollectorTest, OfTheAnswersInABatchTheLatestCounts) {
  const auto answer = [](int choice, std::string_view time) {
    return fmt::format(
        R"({{"kind":"feedback","campaignType":"Poll","campaignId":1,"status":["ContentActioned"],)"
        R"("answers":{{"1":{}}},"timestamp":"2016-04-26T{}Z"}})",
        choice, time);
  };
  ASSERT_TRUE(Collect(
      Records(fmt::format("{},{},{}", answer(2, "09:00:00"), answer(3, "10:00:00"), answer(4, "09:30:00")))));
  ASSERT_EQ(Last().feedback.size(), 1u);
  EXPECT_EQ(Last().feedback[0].second.answers, (std::vector{PollAnswer{1, 3, At("2016-04-26T10:00:00Z")}}));
}

TEST_F(CollectorTest, StoppedCollectorIsUnavailable) {
  collector_.Stop();
  collector_.Stop();
  const auto outcome = Collect(Batch(""));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace rawhaul
