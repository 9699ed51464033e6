#include "store/store_conformance_testing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace rawhaul {

using testing::ElementsAre;
using testing::IsEmpty;

using Names = std::vector<std::string>;

std::string EngineName(const testing::TestParamInfo<StoreEngine>& engine) {
  LinkContextTests();
  return engine.param.name;
}

StoreConformanceTest::StoreConformanceTest() { Reopen(); }

void StoreConformanceTest::Reopen() {
  stores_.reset();
  auto opened = GetParam().open(directory_.path(), clock_);
  if (!opened) throw std::runtime_error(opened.error().message);
  stores_ = *std::move(opened);
}

void StoreConformanceTest::Write(const std::vector<IngestBatch>& batches) {
  const Status status = WriteAll(stores(), batches);
  ASSERT_TRUE(status.has_value()) << status.error().message;
}

Names StoreConformanceTest::Names(uint32_t app) {
  const auto names = AllEventNames(stores(), app);
  EXPECT_TRUE(names.has_value()) << names.error().message;
  return names.value_or(rawhaul::Names{});
}

Names StoreConformanceTest::SplitNames(const RecordQuery& query, uint64_t target_bytes) {
  rawhaul::Names names;
  const auto ranges = stores().records().Split(query, target_bytes, {});
  EXPECT_TRUE(ranges.has_value());
  for (const RecordRange& range : *ranges) {
    const auto records = ReadNames(stores(), range);
    EXPECT_TRUE(records.has_value()) << records.error().message;
    for (const auto& [sequence, name] : *records) names.push_back(name);
  }
  return names;
}

namespace {

IngestBatch WithId(IngestBatch batch, uint64_t id) {
  batch.batch_id = TestGuid(id);
  return batch;
}

// The library is linked by tests of other layers, too, which run no engine's suite.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformanceTest);

TEST_P(StoreConformanceTest, ASnapshotOfAnAppHasOneStateOfDevicesAndFeedback) {
  const auto report = [this](const std::string& user) {
    IngestBatch batch;
    batch.app = 1;
    batch.device_id = TestGuid(1);
    clock_.Advance(std::chrono::minutes(1));
    batch.device.SetTag(kUserIdTag, user, clock_.Now());
    batch.feedback = {{{CampaignType::kPoll, 7, TestGuid(1)}, {1, clock_.Now(), clock_.Now()}}};
    Write({batch});
  };
  report("before");
  const Timestamp reported = clock_.Now();
  const AppSnapshot snapshot = stores().Snapshot(1);
  report("after");
  EXPECT_EQ(snapshot.devices->Find(TestGuid(1))->value().user_id(), "before");
  EXPECT_FALSE(snapshot.devices->Find(TestGuid(2))->has_value());
  EXPECT_FALSE(stores().Snapshot(2).devices->Find(TestGuid(1))->has_value());
  FeedbackKey key;
  Feedback feedback;
  ASSERT_TRUE(snapshot.feedback->Read(CampaignType::kPoll, {7, 7})->Next(key, feedback));
  EXPECT_EQ(feedback.last, reported);
}

TEST_P(StoreConformanceTest, AStopEndsTheSplitting) {
  Write({EventBatch(1, TestTime(1), "event")});
  std::stop_source stop;
  stop.request_stop();
  const auto split =
      stores().records().Split(EventQuery(1, TestTime(0), TestTime(9), 99), 1000, stop.get_token());
  EXPECT_EQ(split.error().code, ErrorCode::kCanceled);
}

TEST_P(StoreConformanceTest, ANewStoreIsEmpty) {
  EXPECT_EQ(stores().records().LastSequence(), 0u);
  EXPECT_THAT(Names(1), IsEmpty());
  EXPECT_FALSE(stores().devices().Find(1, TestGuid(1))->has_value());
}

TEST_P(StoreConformanceTest, WritingNothingSucceeds) {
  Write({});
  EXPECT_EQ(stores().records().LastSequence(), 0u);
}

TEST_P(StoreConformanceTest, RecordsAreReadInOrderOfHourAndSequence) {
  Write({EventBatch(1, TestTime(5), "late"), EventBatch(1, TestTime(3), "early")});
  Write({EventBatch(1, TestTime(3), "early again")});
  const auto query = EventQuery(1, TestTime(3), TestTime(5), UINT64_MAX);
  EXPECT_THAT(*ReadNames(stores(), WholeRange(query)),
              ElementsAre(NamedRecord(2, "early"), NamedRecord(3, "early again"), NamedRecord(1, "late")));
  EXPECT_EQ(stores().records().LastSequence(), 3u);
}

TEST_P(StoreConformanceTest, AQueryIncludesItsFirstAndLastHourAndNoOther) {
  for (int hour = 0; hour < 5; ++hour) Write({EventBatch(1, TestTime(hour), std::to_string(hour))});
  const auto query = EventQuery(1, TestTime(1), TestTime(3), UINT64_MAX);
  EXPECT_THAT(SplitNames(query, 1 << 20), ElementsAre("1", "2", "3"));
}

TEST_P(StoreConformanceTest, AppsAndKindsAreApart) {
  IngestBatch error = EventBatch(1, TestTime(0), "error");
  error.records[0].kind = RecordKind::kError;
  Write({EventBatch(1, TestTime(0), "one"), EventBatch(2, TestTime(0), "two"), error});
  EXPECT_THAT(Names(1), ElementsAre("one"));
  EXPECT_THAT(Names(2), ElementsAre("two"));
  auto query = EventQuery(1, TestTime(0), TestTime(0), UINT64_MAX);
  query.kind = RecordKind::kError;
  EXPECT_THAT(SplitNames(query, 1), ElementsAre("error"));
}

TEST_P(StoreConformanceTest, RecordsOfAnyHourCanBeStored) {
  Write({EventBatch(1, FromMillis(0), "first"), EventBatch(1, FromMillis(INT64_MAX), "last")});
  EXPECT_THAT(Names(1), ElementsAre("first", "last"));
}

TEST_P(StoreConformanceTest, WhatIsWrittenAfterTheCutOffIsNotRead) {
  Write({EventBatch(1, TestTime(0), "before"), EventBatch(2, TestTime(0), "other app")});
  const uint64_t cut_off = stores().records().LastSequence();
  const auto query = EventQuery(1, TestTime(0), TestTime(9), cut_off);
  const auto ranges = stores().records().Split(query, 1, {});
  Write({EventBatch(1, TestTime(0), "after"), EventBatch(1, TestTime(4), "after")});
  EXPECT_THAT(SplitNames(query, 1), ElementsAre("before"));
  ASSERT_EQ(ranges->size(), 1u);
  EXPECT_THAT(*ReadNames(stores(), ranges->front()), ElementsAre(NamedRecord(1, "before")));
  EXPECT_THAT(*ReadNames(stores(), WholeRange(query)), ElementsAre(NamedRecord(1, "before")));
}

TEST_P(StoreConformanceTest, TheCutOffHoldsAfterReopening) {
  Write({EventBatch(1, TestTime(0), "before")});
  const auto query = EventQuery(1, TestTime(0), TestTime(9), stores().records().LastSequence());
  Reopen();
  Write({EventBatch(1, TestTime(0), "after")});
  EXPECT_THAT(SplitNames(query, 1), ElementsAre("before"));
}

TEST_P(StoreConformanceTest, DataAndSequenceSurviveReopening) {
  Write({EventBatch(1, TestTime(0), "one"), EventBatch(1, TestTime(0), "two")});
  Reopen();
  EXPECT_EQ(stores().records().LastSequence(), 2u);
  Write({EventBatch(1, TestTime(0), "three")});
  EXPECT_EQ(stores().records().LastSequence(), 3u);
  EXPECT_THAT(Names(1), ElementsAre("one", "two", "three"));
}

TEST_P(StoreConformanceTest, ABatchIdIsStoredOnceWithinACall) {
  Write({WithId(EventBatch(1, TestTime(0), "one"), 7), WithId(EventBatch(1, TestTime(0), "again"), 7)});
  EXPECT_THAT(Names(1), ElementsAre("one"));
}

TEST_P(StoreConformanceTest, ABatchIdIsStoredOnceOverCallsAndReopening) {
  Write({WithId(EventBatch(1, TestTime(0), "one"), 7)});
  Write({WithId(EventBatch(1, TestTime(0), "again"), 7), EventBatch(1, TestTime(0), "two")});
  Reopen();
  Write({WithId(EventBatch(1, TestTime(0), "again"), 7)});
  EXPECT_THAT(Names(1), ElementsAre("one", "two"));
}

TEST_P(StoreConformanceTest, TheFateOfEachBatchIsTold) {
  Write({WithId(EventBatch(1, TestTime(0), "one"), 7)});
  const auto outcomes = WriteEach(
      stores(), {WithId(EventBatch(1, TestTime(0), "two"), 8), WithId(EventBatch(1, TestTime(0), "again"), 7),
                 EventBatch(1, TestTime(0), "three"), WithId(EventBatch(1, TestTime(0), "again"), 8)});
  std::vector<BatchFate> fates;
  for (const BatchOutcome& outcome : outcomes) fates.push_back(outcome.fate);
  EXPECT_THAT(fates,
              ElementsAre(BatchFate::kStored, BatchFate::kKnown, BatchFate::kStored, BatchFate::kKnown));
  EXPECT_THAT(WriteEach(stores(), {}), IsEmpty());
}

TEST_P(StoreConformanceTest, ABatchIdIsOfItsAppAlone) {
  Write({WithId(EventBatch(1, TestTime(0), "one"), 7), WithId(EventBatch(2, TestTime(0), "two"), 7)});
  EXPECT_THAT(Names(1), ElementsAre("one"));
  EXPECT_THAT(Names(2), ElementsAre("two"));
}

TEST_P(StoreConformanceTest, ARepeatedBatchChangesNothingElseEither) {
  Write({WithId(EventBatch(1, TestTime(0), "one"), 7)});
  IngestBatch again = WithId(EventBatch(1, TestTime(9), "again"), 7);
  again.feedback.push_back({{CampaignType::kPoll, 1, again.device_id}, {1, TestTime(0), TestTime(0)}});
  Write({again});
  EXPECT_EQ((*stores().devices().Find(1, TestGuid(1)))->last_seen, TestTime(0));
  FeedbackKey key;
  Feedback feedback;
  EXPECT_FALSE(stores().feedback().Snapshot(1)->Read(CampaignType::kPoll, {})->Next(key, feedback));
}

TEST_P(StoreConformanceTest, AQueryThatHoldsNothingHasNoRanges) {
  Write({EventBatch(1, TestTime(0), "one"), EventBatch(3, TestTime(0), "three")});
  for (const uint32_t app : {0u, 2u, 4u}) {
    EXPECT_THAT(*stores().records().Split(EventQuery(app, TestTime(0), TestTime(9), 99), 1000, {}),
                IsEmpty());
  }
  EXPECT_THAT(*stores().records().Split(EventQuery(1, TestTime(1), TestTime(9), 99), 1000, {}), IsEmpty());
  EXPECT_THAT(*stores().records().Split(EventQuery(1, TestTime(-9), TestTime(-1), 99), 1000, {}), IsEmpty());
}

TEST_P(StoreConformanceTest, SmallHoursOfManyYearsAreOneRange) {
  const int hours_of_25_years = 25 * 365 * 24;
  Write({EventBatch(1, TestTime(0), "first"), EventBatch(1, TestTime(hours_of_25_years / 3), "middle"),
         EventBatch(1, TestTime(hours_of_25_years), "last")});
  const auto query = EventQuery(1, TestTime(-9), TestTime(hours_of_25_years), 99);
  EXPECT_EQ(stores().records().Split(query, 8 << 20, {})->size(), 1u);
  EXPECT_THAT(SplitNames(query, 8 << 20), ElementsAre("first", "middle", "last"));
}

std::string RandomText(std::mt19937& random, size_t size) {
  std::string text(size, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>('a' + random() % 26); });
  return text;
}

TEST_P(StoreConformanceTest, SplitCoversTheQueryExactly) {
  std::mt19937 random(3);
  std::vector<IngestBatch> batches;
  for (int i = 0; i < 1200; ++i) {
    const int hour =
        random() % 3 == 0 ? 40 : static_cast<int>(random() % 60) * static_cast<int>(1 + random() % 50);
    const auto app = static_cast<uint32_t>(1 + random() % 2);
    batches.push_back(
        EventBatch(app, TestTime(hour), std::to_string(i) + RandomText(random, random() % 1500)));
  }
  Write(batches);
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    for (const uint64_t target : {1u, 5'000u, 60'000u, 300'000u, 1u << 30}) {
      const auto query = EventQuery(1, TestTime(static_cast<int>(random() % 60)), TestTime(2000), 1000);
      const auto whole = ReadNames(stores(), WholeRange(query));
      rawhaul::Names expected;
      for (const auto& [sequence, name] : *whole) expected.push_back(name);
      ASSERT_FALSE(expected.empty());
      EXPECT_EQ(SplitNames(query, target), expected) << target;
    }
  }
}

TEST_P(StoreConformanceTest, ALargeHourIsCutIntoRangesOfAboutTheTarget) {
  std::mt19937 random(3);
  std::vector<IngestBatch> batches;
  for (int i = 0; i < 1000; ++i) batches.push_back(EventBatch(1, TestTime(0), RandomText(random, 2000)));
  Write(batches);
  Reopen();  // what is in memory yet may be sized less well
  const auto ranges =
      stores().records().Split(EventQuery(1, TestTime(0), TestTime(0), UINT64_MAX), 250'000, {});
  EXPECT_GE(ranges->size(), 4u);
  EXPECT_LE(ranges->size(), 20u);
  for (const RecordRange& range : *ranges) {
    EXPECT_LE(range.approximate_bytes, 250'000u);
    EXPECT_LE(ReadNames(stores(), range)->size(), 300u);
  }
}

TEST_P(StoreConformanceTest, SmallHoursBecomeRangesOfAboutTheTarget) {
  std::mt19937 random(3);
  std::vector<IngestBatch> batches;
  for (int i = 0; i < 2000; ++i) batches.push_back(EventBatch(1, TestTime(i), RandomText(random, 1000)));
  Write(batches);
  Reopen();
  const auto ranges =
      stores().records().Split(EventQuery(1, TestTime(0), TestTime(2000), UINT64_MAX), 250'000, {});
  EXPECT_GE(ranges->size(), 4u);
  EXPECT_LE(ranges->size(), 20u);
}

TEST_P(StoreConformanceTest, ADeviceIsTheSumOfItsBatches) {
  IngestBatch first = EventBatch(1, TestTime(1), "a");
  first.device.SetTag("plan", "silver", TestTime(1));
  first.device.SetTag("gone", "x", TestTime(1));
  IngestBatch second = EventBatch(1, TestTime(3), "b");
  second.device.SetTag("plan", "gold", TestTime(3));
  second.device.SetTag("gone", std::nullopt, TestTime(3));
  IngestBatch late = EventBatch(1, TestTime(2), "c");
  late.device.SetTag("plan", "late", TestTime(2));
  late.device.SetTag("gone", "late", TestTime(2));
  Write({first, second});
  Reopen();
  Write({late});
  const auto device = stores().devices().Find(1, TestGuid(1));
  ASSERT_TRUE(device.has_value() && device->has_value());
  EXPECT_EQ((*device)->first_seen, TestTime(1));
  EXPECT_EQ((*device)->last_seen, TestTime(3));
  EXPECT_EQ((*device)->tags, (std::map<std::string, std::string>{{"plan", "gold"}}));
  EXPECT_FALSE(stores().devices().Find(2, TestGuid(1))->has_value());
}

IngestBatch DeviceBatch(uint32_t app, const Guid& device) {
  IngestBatch batch;
  batch.app = app;
  batch.device_id = device;
  batch.device.Seen(TestTime(0));
  return batch;
}

IngestBatch UserBatch(uint32_t app, const Guid& device, std::optional<std::string> user, int hour) {
  IngestBatch batch = DeviceBatch(app, device);
  batch.device.SetTag(kUserIdTag, std::move(user), TestTime(hour));
  return batch;
}

TEST_P(StoreConformanceTest, TheDevicesOfAUserAreThoseThatAreBoundToItNow) {
  const auto devices_of = [&](uint32_t app, std::string_view user) {
    return *stores().devices().FindByUser(app, user);
  };
  const Guid one = TestGuid(1), two = TestGuid(2, 0xff), gone = TestGuid(3), moved = TestGuid(4);
  Write({UserBatch(1, two, "jane", 1), UserBatch(1, one, "jane", 1), UserBatch(1, gone, "jane", 1),
         UserBatch(1, moved, "jane", 1), UserBatch(2, TestGuid(5), "jane", 1)});
  Write({UserBatch(1, gone, std::nullopt, 2), UserBatch(1, moved, "joe", 2)});
  Reopen();
  Write({UserBatch(1, TestGuid(6), "jane", 5), UserBatch(1, moved, "jane", 1), UserBatch(1, one, "", 0)});
  EXPECT_THAT(devices_of(1, "jane"), ElementsAre(one, TestGuid(6), two));
  EXPECT_THAT(devices_of(1, "joe"), ElementsAre(moved));
  EXPECT_THAT(devices_of(2, "jane"), ElementsAre(TestGuid(5)));
  EXPECT_THAT(devices_of(1, "jan"), IsEmpty());
  EXPECT_THAT(devices_of(1, ""), IsEmpty());
}

TEST_P(StoreConformanceTest, ADeviceThatCameBackToItsUserIsFoundOnce) {
  for (int hour = 0; hour < 3; ++hour) Write({UserBatch(1, TestGuid(1), hour == 1 ? "joe" : "jane", hour)});
  EXPECT_THAT(*stores().devices().FindByUser(1, "jane"), ElementsAre(TestGuid(1)));
}

TEST_P(StoreConformanceTest, OfAUserWithTooManyDevicesNoneIsGivenUntilTheyAreFewer) {
  std::vector<IngestBatch> batches;
  for (uint64_t i = 0; i <= kMaxDevicesOfUser; ++i) batches.push_back(UserBatch(1, TestGuid(i), "guest", 1));
  Write(batches);
  const auto too_many = stores().devices().FindByUser(1, "guest");
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(too_many.error().reason, kTooManyDevices);
  Write({UserBatch(1, TestGuid(7), "jane", 2)});
  EXPECT_EQ(stores().devices().FindByUser(1, "guest")->size(), kMaxDevicesOfUser);
}

std::vector<Guid> ReadDevices(const DeviceSnapshot& snapshot, uint8_t first_byte, uint8_t last_byte) {
  std::vector<Guid> ids;
  const auto cursor = snapshot.Read(first_byte, last_byte);
  for (Device device; cursor->Next(device);) ids.push_back(device.id);
  EXPECT_TRUE(cursor->status().has_value());
  return ids;
}

TEST_P(StoreConformanceTest, DevicesAreReadInOrderByTheirFirstByte) {
  const Guid low = TestGuid(1, 0x00), middle = TestGuid(2, 0x7f), middle_2 = TestGuid(3, 0x7f),
             high = TestGuid(4, 0xff);
  Write({DeviceBatch(1, high), DeviceBatch(1, middle_2), DeviceBatch(2, low), DeviceBatch(1, middle),
         DeviceBatch(1, low)});
  const auto snapshot = stores().devices().Snapshot(1);
  EXPECT_THAT(ReadDevices(*snapshot, 0, 255), ElementsAre(low, middle, middle_2, high));
  EXPECT_THAT(ReadDevices(*snapshot, 0, 0x7e), ElementsAre(low));
  EXPECT_THAT(ReadDevices(*snapshot, 0x7f, 0x7f), ElementsAre(middle, middle_2));
  EXPECT_THAT(ReadDevices(*snapshot, 0x80, 0xff), ElementsAre(high));
  EXPECT_GT(snapshot->ApproximateCount(), 0u);
}

TEST_P(StoreConformanceTest, DevicesAreReadFromOneToAnother) {
  for (uint64_t number = 1; number <= 5; ++number) Write({DeviceBatch(1, TestGuid(number))});
  Write({DeviceBatch(2, TestGuid(3))});
  const auto cursor = stores().devices().Snapshot(1)->Read(TestGuid(2), TestGuid(4));
  std::vector<Guid> ids;
  Guid id;
  for (DevicePatch state; cursor->Next(id, state);) {
    ids.push_back(id);
    EXPECT_EQ(state.ToDevice(id).last_seen, TestTime(0));
  }
  EXPECT_THAT(ids, ElementsAre(TestGuid(2), TestGuid(3), TestGuid(4)));
  Device device;
  EXPECT_FALSE(stores().devices().Snapshot(1)->Read(TestGuid(6), Guid::Max())->Next(device));
}

TEST_P(StoreConformanceTest, ASnapshotOfDevicesDoesNotChange) {
  Write({DeviceBatch(1, TestGuid(1))});
  const auto snapshot = stores().devices().Snapshot(1);
  const auto open_cursor = snapshot->Read(0, 255);
  IngestBatch change = DeviceBatch(1, TestGuid(1));
  change.device.SetTag("plan", "gold", TestTime(1));
  Write({change, DeviceBatch(1, TestGuid(2))});
  EXPECT_THAT(ReadDevices(*snapshot, 0, 255), ElementsAre(TestGuid(1)));
  Device device;
  ASSERT_TRUE(open_cursor->Next(device));
  EXPECT_THAT(device.tags, IsEmpty());
  EXPECT_THAT(ReadDevices(*stores().devices().Snapshot(1), 0, 255), ElementsAre(TestGuid(1), TestGuid(2)));
}

IngestBatch FeedbackBatch(uint32_t app, const FeedbackKey& key, uint16_t flags, Timestamp time) {
  IngestBatch batch = DeviceBatch(app, key.device_id);
  batch.feedback.push_back({key, {flags, time, time}});
  return batch;
}

std::vector<std::pair<FeedbackKey, Feedback>> ReadFeedback(const FeedbackSnapshot& snapshot,
                                                           CampaignType type,
                                                           const CampaignRange& campaigns = {}) {
  std::vector<std::pair<FeedbackKey, Feedback>> all;
  const auto cursor = snapshot.Read(type, campaigns);
  FeedbackKey key;
  for (Feedback feedback; cursor->Next(key, feedback);) all.emplace_back(key, feedback);
  EXPECT_TRUE(cursor->status().has_value());
  return all;
}

TEST_P(StoreConformanceTest, FeedbackIsMergedAndReadByCampaignAndDevice) {
  const FeedbackKey one{CampaignType::kAnnouncement, 1, TestGuid(2)};
  const FeedbackKey one_b{CampaignType::kAnnouncement, 1, TestGuid(3, 0xff)};
  const FeedbackKey large{CampaignType::kAnnouncement, UINT64_MAX, TestGuid(1)};
  const FeedbackKey poll{CampaignType::kPoll, 1, TestGuid(1)};
  Write({FeedbackBatch(1, large, 1, TestTime(0)), FeedbackBatch(1, one_b, 2, TestTime(0)),
         FeedbackBatch(1, one, 1, TestTime(5)), FeedbackBatch(1, poll, 8, TestTime(0)),
         FeedbackBatch(2, one, 64, TestTime(0))});
  Write({FeedbackBatch(1, one, 4, TestTime(3))});
  const auto snapshot = stores().feedback().Snapshot(1);
  const auto merged = std::pair(one, Feedback{5, TestTime(3), TestTime(5)});
  const auto second = std::pair(one_b, Feedback{2, TestTime(0), TestTime(0)});
  EXPECT_THAT(ReadFeedback(*snapshot, CampaignType::kAnnouncement, {1, 1}), ElementsAre(merged, second));
  EXPECT_THAT(ReadFeedback(*snapshot, CampaignType::kAnnouncement),
              ElementsAre(merged, second, std::pair(large, Feedback{1, TestTime(0), TestTime(0)})));
  EXPECT_EQ(ReadFeedback(*snapshot, CampaignType::kPoll).size(), 1u);
  EXPECT_THAT(ReadFeedback(*snapshot, CampaignType::kDataPush), IsEmpty());
}

TEST_P(StoreConformanceTest, FeedbackIsReadOfARangeOfCampaignsAndSkipsSome) {
  for (const uint64_t campaign : {1u, 2u, 5u, 6u, 9u}) {
    Write({FeedbackBatch(1, {CampaignType::kPoll, campaign, TestGuid(1)}, 1, TestTime(0)),
           FeedbackBatch(1, {CampaignType::kPoll, campaign, TestGuid(2)}, 1, TestTime(0))});
  }
  const auto snapshot = stores().feedback().Snapshot(1);
  const auto cursor = snapshot->Read(CampaignType::kPoll, {2, 6});
  std::vector<uint64_t> campaigns;
  const auto read = [&] {
    FeedbackKey key;
    Feedback feedback;
    campaigns.push_back(cursor->Next(key, feedback) ? key.campaign_id : 0);
  };
  read();
  cursor->SkipTo(2);
  read();
  cursor->SkipTo(3);
  read();
  cursor->SkipTo(6);
  read();
  read();
  read();
  EXPECT_THAT(campaigns, ElementsAre(2, 2, 5, 6, 6, 0));
  EXPECT_TRUE(cursor->status());
}

TEST_P(StoreConformanceTest, FeedbackIsFoundByItsWholeKey) {
  const FeedbackKey key{CampaignType::kPoll, 1, TestGuid(1)};
  EXPECT_FALSE(stores().feedback().Find(1, key)->has_value());
  Write({FeedbackBatch(1, key, 1, TestTime(1))});
  Write({FeedbackBatch(1, key, 8, TestTime(0))});
  Reopen();
  EXPECT_EQ(stores().feedback().Find(1, key).value(), (Feedback{9, TestTime(0), TestTime(1)}));
  for (const FeedbackKey& other :
       {FeedbackKey{CampaignType::kAnnouncement, 1, TestGuid(1)},
        FeedbackKey{CampaignType::kPoll, 2, TestGuid(1)}, FeedbackKey{CampaignType::kPoll, 1, TestGuid(2)}}) {
    EXPECT_FALSE(stores().feedback().Find(1, other)->has_value());
  }
  EXPECT_FALSE(stores().feedback().Find(2, key)->has_value());
}

TEST_P(StoreConformanceTest, ASnapshotOfFeedbackDoesNotChange) {
  const FeedbackKey key{CampaignType::kPoll, 1, TestGuid(1)};
  Write({FeedbackBatch(1, key, 1, TestTime(0))});
  const auto snapshot = stores().feedback().Snapshot(1);
  Write({FeedbackBatch(1, key, 2, TestTime(0)),
         FeedbackBatch(1, {CampaignType::kPoll, 2, TestGuid(1)}, 2, TestTime(0))});
  const auto all = ReadFeedback(*snapshot, CampaignType::kPoll);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].second.flags, 1);
}

}  // namespace
}  // namespace rawhaul
