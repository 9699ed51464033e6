// Which user, technicals and location stand in the heads of a device's records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "collect/collector.h"
#include "collect/collector_fixture_testing.h"
#include "collect/fake_stores_testing.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

TEST_F(CollectorTest, OwnReportsStandInTheHeadsOfTheSameBatch) {
  ASSERT_TRUE(Collect(Batch(fmt::format(
      R"("records":[{}],"info":{{"locale":"nl"}},"location":{{"region":"NH"}},"appInfo":{{"userid":"u \"1\""}})",
      kEvent))));
  const auto batch = Last();
  const auto head = HeadOf(batch.records.at(0));
  EXPECT_EQ(head.info_id, InfoId({{"locale", "nl"}}));
  EXPECT_EQ(head.location_id, LocationId({{"region", "NH"}}));
  EXPECT_EQ(JsonUnescape(head.user_id.json), "u \"1\"");
}

TEST_F(CollectorTest, UnknownContextIsEmpty) {
  const auto head = HeadNow();
  EXPECT_TRUE(head.info_id.IsZero());
  EXPECT_TRUE(head.location_id.IsZero());
  EXPECT_EQ(head.user_id.json, "");
}

TEST_F(CollectorTest, LaterBatchesKnowWhatEarlierOnesSaid) {
  ASSERT_TRUE(Collect(Batch(R"("info":{"locale":"nl","phoneModel":"A"},"appInfo":{"userid":"u"})")));
  ASSERT_TRUE(Collect(Batch(R"("info":{"phoneModel":"B"})")));
  const auto head = HeadNow();
  EXPECT_EQ(head.info_id, InfoId({{"locale", "nl"}, {"phoneModel", "B"}}));
  EXPECT_EQ(head.info_id, Stored().info_id());
  EXPECT_EQ(head.user_id.json, "u");
}

TEST_F(CollectorTest, DevicesOfAnotherAppAreOthers) {
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"userid":"u"})")));
  std::promise<void> done;
  collector_.Collect(kApp + 1, Records(kEvent), [&](Result<CollectOutcome>) { done.set_value(); });
  done.get_future().wait();
  const auto batch = Last();
  EXPECT_EQ(HeadOf(batch.records.at(0)).user_id.json, "");
}

TEST_F(CollectorTest, ContextComesFromTheStore) {
  DevicePatch patch;
  patch.Seen(At("2016-04-25T00:00:00Z"));
  patch.SetInfo("locale", "nl", At("2016-04-25T00:00:00Z"));
  patch.SetTag(kUserIdTag, "u", At("2016-04-25T00:00:00Z"));
  stores_.devices().Merge(kApp, DeviceId(), patch);
  const auto head = HeadNow();
  EXPECT_EQ(head.info_id, InfoId({{"locale", "nl"}}));
  EXPECT_EQ(head.user_id.json, "u");
}

TEST_F(CollectorTest, DeletedUserIsUnknown) {
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"userid":"u"})")));
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"userid":null})")));
  EXPECT_EQ(HeadNow().user_id.json, "");
}

TEST_F(CollectorTest, LastUserOfABatchCounts) {
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"userid":"a","userid":12})")));
  EXPECT_EQ(HeadNow().user_id.json, "12");
  EXPECT_EQ(Stored().user_id(), "12");
}

TEST_F(CollectorTest, WhatAWaitingBatchSaidIsKnownToTheNextOne) {
  stores_.ingest().Hold();
  std::promise<void> done;
  collector_.Collect(kApp, Batch(R"("appInfo":{"userid":"u"})"), [](Result<CollectOutcome>) {});
  stores_.ingest().WaitUntilHeld();
  collector_.Collect(kApp, Records(kEvent), [&](Result<CollectOutcome>) { done.set_value(); });
  stores_.ingest().Release();
  done.get_future().wait();
  const auto batch = Last();
  EXPECT_EQ(HeadOf(batch.records.at(0)).user_id.json, "u");
}

TEST_F(CollectorTest, WhatWasNotWrittenIsForgotten) {
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"userid":"old"})")));
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "the disk is full", "DiskFull"});
  const auto failed = Collect(Batch(R"("appInfo":{"userid":"new"})"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), (Error{ErrorCode::kUnavailable, "the disk is full", "DiskFull"}));
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(HeadNow().user_id.json, "old");
}

TEST_F(CollectorTest, BackPressureIsPassedOnAndLeavesNoTrace) {
  ASSERT_TRUE(Collect(Batch("")));
  stores_.ingest().Hold();
  std::promise<void> done;
  collector_.Collect(kApp, Batch(R"("appInfo":{"userid":"taken"})"),
                     [&](Result<CollectOutcome>) { done.set_value(); });
  stores_.ingest().WaitUntilHeld();
  const std::string text(1024, 'x');
  const auto refused = Collect(Batch(
      fmt::format(R"("appInfo":{{"userid":"refused","a":"{0}","b":"{0}","c":"{0}","d":"{0}"}})", text)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  stores_.ingest().Release();
  done.get_future().wait();
  EXPECT_EQ(HeadNow().user_id.json, "taken");
  EXPECT_EQ(collector_.counters().batches, 3u);
}

TEST_F(CollectorTest, LiveReportsCountFromTheirReceipt) {
  ASSERT_TRUE(Collect(Batch(R"("sentAt":"2016-04-20T00:00:00Z","info":{"locale":"nl"})")));
  EXPECT_EQ(Stored().last_info, clock_.Now());
  EXPECT_EQ(Stored().first_seen, clock_.Now());
}

TEST_F(CollectorTest, HistoricReportsCountFromTheirSending) {
  ASSERT_TRUE(CollectHistory(Batch(R"("sentAt":"2016-04-20T00:00:00Z","info":{"locale":"nl"})")));
  EXPECT_EQ(Stored().last_info, At("2016-04-20T00:00:00Z"));
  EXPECT_EQ(Stored().last_seen, At("2016-04-20T00:00:00Z"));
}

TEST_F(CollectorTest, HistoricReportsWithoutACredibleTimeCountFromTheirReceipt) {
  for (const auto* json :
       {R"("info":{"locale":"nl"})", R"("sentAt":"2017-01-01T00:00:00Z","info":{"locale":"nl"})"}) {
    ASSERT_TRUE(CollectHistory(Batch(json)));
    EXPECT_EQ(Stored().last_info, clock_.Now());
  }
}

TEST_F(CollectorTest, HistoryDoesNotOverwriteNewerState) {
  ASSERT_TRUE(
      Collect(Batch(R"("info":{"locale":"nl"},"location":{"region":"NH"},"appInfo":{"userid":"now"})")));
  ASSERT_TRUE(CollectHistory(Batch(fmt::format(
      R"("sentAt":"2016-04-20T00:00:00Z","info":{{"locale":"de","phoneModel":"A"}},"location":{{"region":"BE"}},)"
      R"("appInfo":{{"userid":"then"}},"records":[{}])",
      kEvent))));
  const auto old = Last();
  const auto old_head = HeadOf(old.records.at(0));
  EXPECT_EQ(old_head.info_id, InfoId({{"locale", "de"}, {"phoneModel", "A"}}))
      << "its own records have its own info";
  EXPECT_EQ(old_head.location_id, LocationId({{"region", "BE"}}));
  EXPECT_EQ(old_head.user_id.json, "then");
  const auto head = HeadNow();
  EXPECT_EQ(head.info_id, InfoId({{"locale", "nl"}, {"phoneModel", "A"}}))
      << "what was not known is filled in";
  EXPECT_EQ(head.info_id, Stored().info_id());
  EXPECT_EQ(head.location_id, LocationId({{"region", "NH"}}));
  EXPECT_EQ(head.user_id.json, "now");
}

TEST_F(CollectorTest, AfterHistoryTheStoreTellsWhichFieldCounts) {
  ASSERT_TRUE(CollectHistory(Batch(R"("sentAt":"2016-04-20T00:00:00Z","info":{"phoneModel":"A"})")));
  ASSERT_TRUE(Collect(Batch(R"("info":{"locale":"nl"})")));
  // Older than the newest of the technicals, but newer than the field it speaks of.
  ASSERT_TRUE(CollectHistory(Batch(R"("sentAt":"2016-04-21T00:00:00Z","info":{"phoneModel":"B"})")));
  const auto head = HeadNow();
  EXPECT_EQ(head.info_id, InfoId({{"locale", "nl"}, {"phoneModel", "B"}}));
  EXPECT_EQ(head.info_id, Stored().info_id());
}

TEST_F(CollectorTest, LinesOfABackFillKnowThoseBeforeThemWhileTheyWait) {
  stores_.ingest().Hold();
  const auto nothing = [](Result<CollectOutcome>) {};
  collector_.CollectHistory(
      kApp, Batch(R"("sentAt":"2016-04-20T00:00:00Z","info":{"locale":"nl"},"appInfo":{"userid":"a"})"),
      nothing);
  stores_.ingest().WaitUntilHeld();
  collector_.CollectHistory(kApp, Batch(R"("sentAt":"2016-04-22T00:00:00Z","info":{"locale":"de"})"),
                            nothing);
  collector_.CollectHistory(kApp, Batch(R"("sentAt":"2016-04-21T00:00:00Z","info":{"locale":"fr"})"),
                            nothing);
  collector_.CollectHistory(kApp, Records(kEvent), nothing);
  stores_.ingest().Release();
  collector_.Stop();
  const auto batch = Last();
  const auto head = HeadOf(batch.records.at(0));
  EXPECT_EQ(head.info_id, InfoId({{"locale", "de"}}));
  EXPECT_EQ(head.user_id.json, "a");
}

TEST_F(CollectorTest, AKnownBatchLeavesNoTrace) {
  const auto alice = Batch(R"("batchId":"000000000000000000000000000000bb","appInfo":{"userid":"alice"})");
  ASSERT_TRUE(Collect(alice));
  ASSERT_TRUE(Collect(Batch(R"("appInfo":{"userid":"bob"})")));
  ASSERT_TRUE(Collect(alice));
  EXPECT_EQ(Stored().user_id(), "bob");
  EXPECT_EQ(HeadNow().user_id.json, "bob");
  EXPECT_EQ(collector_.counters().batches, 3u) << "what is known is not stored again";
}

TEST_F(CollectorTest, AKnownBatchLeavesNoTraceWhileOthersAreUnderWay) {
  const auto nothing = [](const Result<CollectOutcome>&) {};
  const auto alice = Batch(R"("batchId":"000000000000000000000000000000bb","appInfo":{"userid":"alice"})");
  ASSERT_TRUE(Collect(alice));
  stores_.ingest().Hold();
  collector_.Collect(kApp, Batch(R"("appInfo":{"userid":"bob"})"), nothing);
  stores_.ingest().WaitUntilHeld();
  collector_.Collect(kApp, alice, nothing);
  collector_.Collect(kApp, Records(kEvent), nothing);
  stores_.ingest().Release();
  collector_.Stop();
  const auto batch = Last();
  EXPECT_EQ(HeadOf(batch.records.at(0)).user_id.json, "bob");
}

TEST_F(CollectorTest, ARefusedBatchLeavesNoTraceInTheGroupItWasIn) {
  const auto nothing = [](const Result<CollectOutcome>&) {};
  stores_.ingest().RefuseIf([](const IngestBatch& batch) {
    const std::string* user = batch.device.FindTag(kUserIdTag);
    const bool refuses = user != nullptr && *user == "refused";
    return refuses ? std::optional(Error{ErrorCode::kUnavailable, "no", "No"}) : std::nullopt;
  });
  stores_.ingest().Hold();
  collector_.Collect(kApp, Batch(R"("appInfo":{"userid":"u"})"), nothing);
  stores_.ingest().WaitUntilHeld();
  std::promise<std::string> reason;
  collector_.Collect(kApp, Batch(R"("appInfo":{"userid":"refused"})"),
                     [&](const Result<CollectOutcome>& outcome) {
                       reason.set_value(outcome ? "" : outcome.error().reason);
                     });
  collector_.Collect(kApp, Records(kEvent), nothing);
  stores_.ingest().Release();
  collector_.Stop();
  EXPECT_EQ(reason.get_future().get(), "No");
  const auto batch = Last();
  EXPECT_EQ(HeadOf(batch.records.at(0)).user_id.json, "u");
}

// A batch of a back-fill whose one event gets the number of times that its device was remembered before.
std::vector<Collector::HistoryBatch> Remembering(Timestamp time) {
  CollectedBatch batch;
  batch.device_id = DeviceId();
  batch.sent_at = time;
  batch.records.emplace_back();
  batch.records[0].name = "n";
  batch.records[0].time = time;
  std::vector<Collector::HistoryBatch> batches;
  batches.push_back({std::move(batch),
                     [](std::string& memory, std::vector<Record>& records) {
                       records.at(0).name += std::to_string(memory.size());
                       memory += 'x';
                     },
                     [](const Status&) {}});
  return batches;
}
std::string NameIn(const StoredIngest& batch) {
  auto reader = RecordBatchReader::Open(batch.records.at(0).encoded).value();
  RecordRow row;
  return reader.Next(row) ? std::string(row.name.json) : "";
}

TEST_F(CollectorTest, WhatABatchRemembersIsThereForTheNextAndForAnotherCollector) {
  for (int i = 0; i < 2; ++i) collector_.CollectHistory(kApp, Remembering(clock_.Now()));
  collector_.Stop();
  EXPECT_EQ(NameIn(Last()), "n1");
  Collector next(stores_, clock_, Options(4096));
  next.CollectHistory(kApp, Remembering(clock_.Now()));
  next.Stop();
  EXPECT_EQ(NameIn(Last()), "n2");
  EXPECT_EQ(next.Recall(kApp, DeviceId()), "xxx");
}

TEST_F(CollectorTest, WhatARefusedBatchWouldRememberIsNotRemembered) {
  collector_.CollectHistory(kApp, Remembering(clock_.Now()));
  stores_.ingest().Hold();
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "the disk is full", "DiskFull"});
  collector_.CollectHistory(kApp, Remembering(clock_.Now()));
  stores_.ingest().WaitUntilHeld();
  stores_.ingest().Release();
  EXPECT_FALSE(Collect(Batch("")));
  stores_.ingest().FailWith(std::nullopt);
  collector_.CollectHistory(kApp, Remembering(clock_.Now()));
  collector_.Stop();
  EXPECT_EQ(NameIn(Last()), fmt::format("n{}", stores_.ingest().stored().size() - 1));
}

TEST(Collector, ManyThreadsAndDevices) {
  constexpr int kThreads = 4;
  constexpr int kBatches = 400;
  FakeStores stores;
  const ManualClock clock(At("2016-04-26T12:00:00Z"));
  Collector collector(stores, clock, Options(1 << 24));
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kBatches; ++i) {
        // Every device has one user, of which only its first batch speaks.
        const auto device = fmt::format("{}-{}", thread, i % 100);
        const auto json =
            fmt::format(R"({{"deviceId":"{}"{},"records":[{}]}})", device,
                        i < 100 ? fmt::format(R"(,"appInfo":{{"userid":"{}"}})", device) : "", kEvent);
        collector.Collect(kApp, json,
                          [&](Result<CollectOutcome> outcome) { good += outcome && outcome->accepted == 1; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  collector.Stop();
  EXPECT_EQ(good, kThreads * kBatches);
  const auto stored = stores.ingest().stored();
  ASSERT_EQ(stored.size(), static_cast<size_t>(kThreads * kBatches));
  for (const auto& batch : stored) {
    const auto device = stores.devices().Find(kApp, batch.device_id).value().value();
    EXPECT_EQ(HeadOf(batch.records.at(0)).user_id.json, device.external_id);
  }
}

TEST_F(CollectorTest, ABatchAboutADeviceCountsForItsContextButDoesNotMeanThatItWasSeen) {
  ASSERT_TRUE(Collect(Batch("")));
  const Timestamp seen = clock_.Now();
  clock_.Advance(std::chrono::hours(1));
  CollectedBatch batch;
  batch.device_id = DeviceId();
  batch.from_device = false;
  batch.tags.emplace_back(kUserIdTag, "anna");
  std::promise<bool> stored;
  collector_.Collect(kApp, std::move(batch),
                     [&](const Result<CollectOutcome>& outcome) { stored.set_value(outcome.has_value()); });
  ASSERT_TRUE(stored.get_future().get());
  EXPECT_EQ(Stored().last_seen, seen);
  EXPECT_EQ(Stored().user_id(), "anna");
  EXPECT_EQ(HeadNow().user_id.json, "anna");
}

}  // namespace
}  // namespace rawhaul
