// The part of the suite about what records get from the batches of their device before them.
#include <gmock/gmock.h>

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "model/record_batch.h"
#include "store/store_conformance_testing.h"

namespace rawhaul {

using testing::ElementsAre;

void LinkContextTests() {}

namespace {

IngestBatch WithId(IngestBatch batch, uint64_t id) {
  batch.batch_id = TestGuid(id);
  return batch;
}

// Of a stored record, the head.
struct Head {
  std::string user;
  Guid info;
  Guid location;

  bool operator==(const Head&) const = default;
};
void PrintTo(const Head& head, std::ostream* out) { *out << head.user << ' ' << head.info.ToHex(); }

std::vector<Head> ReadHeads(Stores& stores) {
  std::vector<Head> heads;
  const auto query = EventQuery(1, FromMillis(0), FromMillis(INT64_MAX), UINT64_MAX);
  const auto cursor = *stores.records().Read(WholeRange(query));
  for (StoredBatch batch; cursor->Next(batch);) {
    const RecordBatchHead head = RecordBatchReader::Open(batch.encoded)->head();
    heads.push_back({std::string(head.user_id.json), head.info_id, head.location_id});
  }
  EXPECT_TRUE(cursor->status().has_value());
  return heads;
}

// All in one hour, so that they are read in the order in which they were stored.
IngestBatch Event() { return EventBatch(1, TestTime(0), "e"); }
IngestBatch UserEvent(std::string user, int minute) {
  IngestBatch batch = Event();
  batch.device.SetTag(kUserIdTag, std::move(user), TestTime(0) + std::chrono::minutes(minute));
  return batch;
}

TEST_P(StoreConformanceTest, RecordsHaveTheContextOfTheirDeviceAsItWasThen) {
  IngestBatch told = UserEvent("u", 1);
  told.device.SetInfo("locale", "nl", TestTime(1));
  told.device.SetLocation("region", "NH", TestTime(1));
  IngestBatch other = Event();
  other.device_id = TestGuid(2);
  Write({Event(), told, Event(), other});
  Reopen();
  IngestBatch more;
  more.app = 1;
  more.device_id = TestGuid(1);
  more.device.SetInfo("phoneModel", "A", TestTime(2));
  Write({Event(), more, Event()});
  const Head nothing;
  const Head first{"u", InfoId({{"locale", "nl"}}), LocationId({{"region", "NH"}})};
  const Head last{"u", InfoId({{"locale", "nl"}, {"phoneModel", "A"}}), LocationId({{"region", "NH"}})};
  EXPECT_THAT(ReadHeads(stores()), ElementsAre(nothing, first, first, nothing, first, last));
}

TEST_P(StoreConformanceTest, AnOwnReportStandsInItsHeadHoweverOldAndCountsForOthersByItsTime) {
  IngestBatch now = UserEvent("now", 60);
  now.device.SetInfo("locale", "nl", TestTime(1));
  IngestBatch old = UserEvent("then", 0);
  old.device.SetInfo("locale", "de", TestTime(0));
  old.device.SetInfo("phoneModel", "A", TestTime(0));
  IngestBatch newer;
  newer.app = 1;
  newer.device_id = TestGuid(1);
  newer.device.SetInfo("phoneModel", "B", TestTime(0) + std::chrono::minutes(1));
  Write({now, old, Event(), newer, Event()});
  const Guid nl_a = InfoId({{"locale", "nl"}, {"phoneModel", "A"}});
  EXPECT_THAT(
      ReadHeads(stores()),
      ElementsAre(Head{"now", InfoId({{"locale", "nl"}}), {}},
                  Head{"then", InfoId({{"locale", "de"}, {"phoneModel", "A"}}), {}}, Head{"now", nl_a, {}},
                  Head{"now", InfoId({{"locale", "nl"}, {"phoneModel", "B"}}), {}}));
  const auto device = *stores().devices().Find(1, TestGuid(1));
  EXPECT_EQ(device->info_id(), ReadHeads(stores()).back().info) << "a field counts by its own time";
}

TEST_P(StoreConformanceTest, AUserThatWasDeletedIsInNoHead) {
  IngestBatch gone = Event();
  gone.device.SetTag(kUserIdTag, std::nullopt, TestTime(2));
  Write({UserEvent("u", 1), gone, Event(), UserEvent("late", 2)});
  Write({Event()});
  EXPECT_THAT(ReadHeads(stores()),
              ElementsAre(Head{"u", {}, {}}, Head{}, Head{}, Head{"late", {}, {}}, Head{}));
}

TEST_P(StoreConformanceTest, AKnownBatchIsInNoHead) {
  const IngestBatch alice = WithId(UserEvent("alice", 9), 7);
  Write({alice, UserEvent("bob", 10)});
  IngestBatch again = WithId(UserEvent("alice", 11), 7);
  Write({again, Event()});
  EXPECT_THAT(ReadHeads(stores()),
              ElementsAre(Head{"alice", {}, {}}, Head{"bob", {}, {}}, Head{"bob", {}, {}}));
}

// Its event has what was remembered before as its name.
IngestBatch Remembering(uint32_t app, const std::string& what) {
  IngestBatch batch = EventBatch(app, TestTime(0), "");
  batch.complete = [what](std::string& memory) {
    auto records = EventBatch(1, TestTime(0), "before: " + memory).records;
    memory += what;
    return records;
  };
  return batch;
}

TEST_P(StoreConformanceTest, ABatchIsCompletedFromWhatThoseBeforeItRemembered) {
  EXPECT_EQ(stores().memories().Find(1, TestGuid(1)), "");
  Write({Remembering(1, "a"), WithId(Remembering(1, "b"), 7), EventBatch(1, TestTime(0), "e"),
         WithId(Remembering(1, "b"), 7), Remembering(2, "other app")});
  EXPECT_EQ(stores().memories().Find(1, TestGuid(1)), "ab");
  Reopen();
  EXPECT_EQ(stores().memories().Find(1, TestGuid(1)), "ab");
  EXPECT_EQ(stores().memories().Find(1, TestGuid(2)), "");
  Write({WithId(Remembering(1, "b"), 7), Remembering(1, "c")});
  Write({Remembering(1, "")});
  EXPECT_THAT(Names(1), ElementsAre("before: ", "before: a", "e", "before: ab", "before: abc"));
}

}  // namespace
}  // namespace rawhaul
