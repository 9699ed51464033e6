#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "exporter/source.h"
#include "model/record_batch.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr uint32_t kApp = 7;
constexpr uint64_t kWhole = UINT64_MAX;

struct Reported {
  Record record;
  Guid device;
  std::string user;
  Guid info;
  Timestamp received;
  RecordId id;
};

// A row of JSON lines; the fields are those of SessionFlat.
std::string Line(const Reported& what, Timestamp start, std::optional<Timestamp> end, bool is_derived) {
  std::string id(kRecordIdLength, '\0');
  WriteRecordId(what.id, id.data());
  if (is_derived) id[0] = 'o';  // the greatest bit; sequences here are small
  std::string line = fmt::format(R"({{"recordId":"{}","deviceId":"{}")", id, what.device.ToHex());
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) line += fmt::format(R"(,"{}":"{}")", key, value);
  };
  add("userId", what.user);
  add("sessionId", what.record.session_id.ToHex());
  add("start", FormatTimestamp(start));
  add("end", end ? FormatTimestamp(*end) : "");
  add("infoId", what.info.IsZero() ? "" : what.info.ToHex());
  add("receivedAt", FormatTimestamp(what.received));
  return line + "}";
}

Record Activity(const Guid& session, Timestamp time, std::optional<int64_t> duration_ms = {}) {
  Record record;
  record.kind = RecordKind::kActivity;
  record.name = "screen";
  record.time = time;
  record.session_id = session;
  record.duration_ms = duration_ms;
  return record;
}

Record Session(const Guid& session, Timestamp start) {
  Record record;
  record.kind = RecordKind::kSession;
  record.time = start;
  record.start = start;
  record.session_id = session;
  return record;
}

class SessionSourceTest : public testing::Test {
 protected:
  SessionSourceTest() { stores_ = std::move(*OpenEmbeddedStores(directory_.path(), {}, clock_)); }

  // What a device sends at once: its records of one kind and hour are stored together. Without a model it has
  // the one that it told last.
  void Report(const Guid& device, const std::vector<Record>& records, const std::string& user = "",
              const std::string& model = "") {
    clock_.Advance(minutes(1));
    IngestBatch batch;
    batch.app = kApp;
    batch.received_at = clock_.Now();
    batch.device_id = device;
    batch.device.SetTag(kUserIdTag, user.empty() ? std::nullopt : std::optional(user), clock_.Now());
    if (!model.empty()) {
      batch.device.SetInfo("phoneModel", model, clock_.Now());
      info_of_[device] = InfoId({{"phoneModel", model}});
    }
    const Guid info = info_of_[device];
    std::map<std::pair<RecordKind, Hour>, std::vector<Record>> groups;
    for (const Record& record : records) groups[{record.kind, HourOf(record.time)}].push_back(record);
    for (const auto& [key, group] : groups) {
      RecordRowsEncoder encoder(clock_.Now());
      ++sequence_;
      for (const Record& record : group) {
        reported_.push_back({record, device, user, info, clock_.Now(), {sequence_, encoder.rows()}});
        encoder.Add(record);
      }
      batch.records.push_back({key.first, key.second, encoder.Finish()});
    }
    ASSERT_TRUE(WriteAll(*stores_, {batch}));
    ASSERT_EQ(stores_->records().LastSequence(), sequence_);
  }

  ExportTask Task(std::string_view first, std::string_view last, uint64_t cut_off = kWhole) const {
    ExportTask task;
    task.cut_off = cut_off;
    task.request.app = kApp;
    task.request.type = ExportType::kSession;
    task.request.format = ExportFormat::kJsonLinesBlob;
    task.request.days = DayRange{*ParseDay(first), *ParseDay(last)};
    return task;
  }

  struct Filled {
    std::string text;
    std::optional<RecordPosition> behind;
  };

  // What the calls of Fill append, a few rows each.
  std::vector<Filled> Read(const ExportTask& task, const std::optional<RecordPosition>& after = {}) const {
    std::vector<Filled> filled;
    const auto source = PlanSessions(task, *stores_, after, {}, max_open_bytes_).value();
    for (size_t piece = 0; piece < source->pieces(); ++piece) {
      const auto reader = source->Open(piece).value();
      for (bool more = true; more;) {
        ByteBuffer out;
        const Encoded encoded = reader->Fill(out, 500).value();
        EXPECT_EQ(encoded.rows, static_cast<uint64_t>(std::ranges::count(out.view(), '\n')));
        more = !out.empty() || reader->paused();
        if (!out.empty()) filled.push_back({std::string(out.view()), reader->position()});
      }
    }
    return filled;
  }

  static std::vector<std::string> LinesOf(const std::vector<Filled>& filled, size_t from = 0) {
    std::vector<std::string> lines;
    for (size_t i = from; i < filled.size(); ++i) {
      std::string_view rest = filled[i].text;
      for (size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
        lines.emplace_back(rest.substr(0, end));
    }
    return lines;
  }

  std::multiset<std::string> Export(const ExportTask& task) const {
    const auto lines = LinesOf(Read(task));
    return {lines.begin(), lines.end()};
  }

  // Straight from the definition: all that is reported of a sessionId in order of time, cut at the gaps.
  std::multiset<std::string> Expected(const ExportTask& task) const {
    std::map<std::pair<Guid, Guid>, std::multimap<Timestamp, Reported>> by_session;
    std::multiset<std::string> lines;
    for (const Reported& what : reported_) {
      if (what.id.sequence > task.cut_off) continue;
      if (what.record.kind == RecordKind::kSession && Covers(task, what.record.time))
        lines.insert(Line(what, *what.record.start, what.record.end, false));
      if (!what.record.session_id.IsZero())
        by_session[{what.device, what.record.session_id}].emplace(what.record.time, what);
    }
    for (const auto& [key, all] : by_session) {
      std::vector<Reported> chain;
      for (const auto& [time, what] : all) {
        if (!chain.empty() && HourOf(time) > HourOf(chain.back().record.time) + 24) {
          AddDerived(task, chain, lines);
          chain.clear();
        }
        chain.push_back(what);
      }
      AddDerived(task, chain, lines);
    }
    return lines;
  }

  static bool Covers(const ExportTask& task, Timestamp time) {
    const Day day = std::chrono::floor<std::chrono::days>(time);
    return day >= task.request.days->first && day <= task.request.days->last;
  }

  static void AddDerived(const ExportTask& task, const std::vector<Reported>& chain,
                         std::multiset<std::string>& lines) {
    Timestamp end = Timestamp::min();
    const Reported* first_stored = &chain.front();
    for (const Reported& what : chain) {
      if (what.record.kind == RecordKind::kSession) return;
      if (what.id < first_stored->id) first_stored = &what;
      end = std::max(end, what.record.time + std::chrono::milliseconds(what.record.duration_ms.value_or(0)));
    }
    const Timestamp start = chain.front().record.time;
    if (Covers(task, start)) lines.insert(Line(*first_stored, start, end, true));
  }

  ManualClock clock_;
  TempDirectory directory_;
  std::unique_ptr<EmbeddedStores> stores_;
  std::vector<Reported> reported_;
  uint64_t sequence_ = 0;
  uint64_t max_open_bytes_ = kMaxOpenSessionBytes;
  std::map<Guid, Guid> info_of_;  // by device
};

bool IsDerived(const std::string& line) { return line.starts_with(R"({"recordId":"o)"); }

const Guid kDevice = TestGuid(1);
const Guid kSession = TestGuid(100);
const Timestamp kMidnight = *ParseTimestamp("2016-04-26T00:00:00Z");

// Days of few devices that use few session ids, so that all that can meet does.
class Days {
 public:
  explicit Days(unsigned seed) : random_(seed) {}

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }

  Timestamp Start() const { return *ParseTimestamp("2016-04-24T00:00:00Z"); }
  Guid Device() { return TestGuid(1 + Below(3)); }
  Guid SessionId() { return Below(8) == 0 ? Guid{} : TestGuid(100 + Below(8)); }

  // What is reported of one session, by steps that are short or about as long as the gap.
  std::vector<Record> Walk() {
    const Guid session = SessionId();
    Timestamp time = Start() + minutes(Below(8 * 24 * 60));
    std::vector<Record> records;
    for (size_t i = 0; i <= Below(6); ++i) {
      if (Below(16) == 0 && !session.IsZero()) {
        records.push_back(Session(session, time));
      } else {
        const auto duration = Below(2) == 0 ? std::nullopt : std::optional<int64_t>(Below(90'000'000));
        records.push_back(Activity(session, time, duration));
      }
      time += Below(3) == 0 ? minutes(22 * 60 + Below(4 * 60)) : minutes(Below(90));
    }
    // Reported in any order: the last one may come first.
    std::shuffle(records.begin(), records.end(), random_);
    return records;
  }

 private:
  std::mt19937 random_;
};

constexpr std::array<std::string_view, 10> kDays = {"2016-04-23", "2016-04-24", "2016-04-25", "2016-04-26",
                                                    "2016-04-27", "2016-04-28", "2016-04-29", "2016-04-30",
                                                    "2016-05-01", "2016-05-02"};

class SessionPropertyTest : public SessionSourceTest {
 protected:
  // Sent at once, or one by one.
  void ReportWalk() {
    const Guid device = days_.Device();
    const auto records = days_.Walk();
    const auto together = static_cast<ptrdiff_t>(1 + days_.Below(records.size()));
    for (auto at = records.begin(); at != records.end();) {
      const auto end = at + std::min(together, records.end() - at);
      Report(device, {at, end}, days_.Below(2) == 0 ? "" : "jane", days_.Below(3) == 0 ? "" : "A");
      at = end;
    }
  }

  void ExpectDefinition(uint64_t cut_off) {
    SCOPED_TRACE(fmt::format("up to {} of {}", cut_off, sequence_));
    std::multiset<std::string> day_by_day;
    for (const std::string_view day : kDays) {
      const auto rows = Export(Task(day, day, cut_off));
      EXPECT_EQ(rows, Expected(Task(day, day, cut_off))) << day;
      day_by_day.insert(rows.begin(), rows.end());
    }
    EXPECT_EQ(day_by_day, Export(Task(kDays.front(), kDays.back(), cut_off)));
    const size_t first = days_.Below(kDays.size());
    const ExportTask some = Task(kDays[first], kDays[first + days_.Below(kDays.size() - first)], cut_off);
    EXPECT_EQ(Export(some), Expected(some));
  }

  void ExpectDefinitionOfWhateverIsReported() {
    for (int round = 0; round < 20; ++round) {
      for (int i = 0; i < 4; ++i) ReportWalk();
      ExpectDefinition(days_.Below(2) == 0 ? kWhole : 1 + days_.Below(sequence_));
    }
  }

  Days days_{20160426};
};

// What one session takes, and three.
constexpr uint64_t kRoomForOne = 300;
constexpr uint64_t kRoomForThree = 900;

TEST_F(SessionPropertyTest, WhateverFitsIntoMemoryTheRowsAreTheSame) {
  for (const uint64_t room : {kRoomForOne, kRoomForThree}) {
    max_open_bytes_ = room;
    ExpectDefinitionOfWhateverIsReported();
  }
}

TEST_F(SessionPropertyTest, WhatComesOutIsWhatTheDefinitionSaysForEveryRangeAndCutOff) {
  ExpectDefinitionOfWhateverIsReported();
  const auto all = Export(Task(kDays.front(), kDays.back()));
  EXPECT_GT(std::ranges::count_if(all, IsDerived), 10);
  EXPECT_GT(std::ranges::count_if(all, std::not_fn(IsDerived)), 10);
}

TEST_F(SessionSourceTest, ARunGoesOnBehindAnyPlaceOfAnEarlierOne) {
  Days days(7);
  for (int i = 0; i < 40; ++i) Report(days.Device(), days.Walk());
  const ExportTask task = Task("2016-04-25", "2016-04-30");
  for (const uint64_t room : {kMaxOpenSessionBytes, kRoomForThree, kRoomForOne}) {
    max_open_bytes_ = room;
    const auto whole = Read(task);
    ASSERT_GT(whole.size(), 4u);
    for (size_t done = 1; done <= whole.size(); ++done)
      EXPECT_EQ(LinesOf(Read(task, whole[done - 1].behind)), LinesOf(whole, done)) << done;
  }
}

TEST_F(SessionSourceTest, ARunOfAnOlderServerGoesOnInItsOrder) {
  Days days(7);
  for (int i = 0; i < 40; ++i) Report(days.Device(), days.Walk());
  const ExportTask task = Task("2016-04-25", "2016-04-30");
  const auto whole = Read(task);  // all sessions fit into memory, as they always did
  size_t derived = 0;
  while (whole[derived].behind->hour < 1'000'000) ++derived;
  max_open_bytes_ = kRoomForOne;
  EXPECT_NE(LinesOf(Read(task)), LinesOf(whole)) << "several passes give another order";
  const RecordPosition old{UINT32_MAX, whole[derived].behind->sequence};
  EXPECT_EQ(LinesOf(Read(task, old)), LinesOf(whole, derived + 1));
}

// A session each for as many devices, all open at once.
TEST_F(SessionSourceTest, ManyMoreOpenSessionsThanFitAreReadInPassesAndProgressNeverGoesBack) {
  for (uint64_t i = 1; i <= 500; ++i) Report(TestGuid(i), {Activity(TestGuid(i), kMidnight)});
  const ExportTask task = Task("2016-04-26", "2016-04-26");
  const auto source = PlanSessions(task, *stores_, {}, {}, 30 * kRoomForOne).value();
  EXPECT_EQ(source->StateBytes(0), 30 * kRoomForOne);
  const auto reader = source->Open(0).value();
  std::vector<double> shares;
  std::set<std::string> rows;
  for (bool more = true; more;) {
    ByteBuffer out;
    ASSERT_TRUE(reader->Fill(out, 5000));
    for (const std::string& line : LinesOf({{std::string(out.view()), {}}}))
      EXPECT_TRUE(rows.insert(line).second) << line;
    shares.push_back(reader->share());
    more = !out.empty();
  }
  EXPECT_EQ(rows.size(), 500u);
  EXPECT_TRUE(std::ranges::is_sorted(shares));
  EXPECT_EQ(shares.back(), 1);
}

TEST_F(SessionSourceTest, ASessionOverMidnightIsARowOfTheDayOnWhichItBegan) {
  Report(kDevice,
         {Activity(kSession, kMidnight - minutes(10)), Activity(kSession, kMidnight + minutes(5), 2000)},
         "jane", "Pixel");
  const auto rows = Export(Task("2016-04-25", "2016-04-25"));
  ASSERT_EQ(rows.size(), 1u);
  // The batch of 23:00 was stored first, as sequence 1.
  EXPECT_EQ(
      *rows.begin(),
      R"({"recordId":"o0000000000000010000","deviceId":"00000000000000000000000000000001","userId":"jane",)"
      R"("sessionId":"00000000000000000000000000000064","start":"2016-04-25T23:50:00.000Z",)"
      R"("end":"2016-04-26T00:05:02.000Z","infoId":")" +
          InfoId({{"phoneModel", "Pixel"}}).ToHex() + R"(","receivedAt":"2016-04-26T09:31:00.000Z"})");
  EXPECT_TRUE(Export(Task("2016-04-26", "2016-04-26")).empty());
}

TEST_F(SessionSourceTest, ASessionRecordOfTheNextDayStandsForItsActivities) {
  Report(kDevice, {Activity(kSession, kMidnight - minutes(1))});
  Report(TestGuid(2), {Activity(kSession, kMidnight - minutes(1))});
  EXPECT_EQ(Export(Task("2016-04-25", "2016-04-25")).size(), 2u);
  Report(kDevice, {Session(kSession, kMidnight + hours(23))});
  const auto rows = Export(Task("2016-04-25", "2016-04-25"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NE(rows.begin()->find(TestGuid(2).ToHex()), std::string::npos) << "of this device only";
}

TEST_F(SessionSourceTest, ARowKeepsItsIdWhileItsSessionGrows) {
  Report(kDevice, {Activity(kSession, kMidnight)}, "jane");
  const std::string before = *Export(Task("2016-04-25", "2016-04-26")).begin();
  Report(kDevice, {Activity(kSession, kMidnight + hours(20))}, "joe");
  Report(kDevice, {Activity(kSession, kMidnight - hours(20))}, "joe");
  const auto after = Export(Task("2016-04-25", "2016-04-26"));
  ASSERT_EQ(after.size(), 1u);
  const size_t id_device_and_user = before.find(R"(,"sessionId")");
  EXPECT_EQ(after.begin()->substr(0, id_device_and_user), before.substr(0, id_device_and_user));
  EXPECT_NE(after.begin()->find(R"("start":"2016-04-25T04:00:00.000Z","end":"2016-04-26T20:00:00.000Z")"),
            std::string::npos);
}

TEST_F(SessionSourceTest, AnEndBehindAllTimesIsTheLastThatThereIs) {
  Report(kDevice, {Activity(kSession, kMidnight, INT64_MAX)});
  EXPECT_NE(Export(Task("2016-04-26", "2016-04-26")).begin()->find(R"("end":"9999-12-31T23:59:59.999Z")"),
            std::string::npos);
}

TEST_F(SessionSourceTest, NothingIsReadWhereNoActivityCanBeginASession) {
  Report(kDevice, {Session(kSession, kMidnight), Activity(TestGuid(101), kMidnight - hours(1))});
  EXPECT_EQ(PlanExport(Task("2016-04-26", "2016-04-26"), *stores_, {}, {}).value()->pieces(), 1u);
}

TEST_F(SessionSourceTest, OthersGetTheirTurnWhileMuchIsRead) {
  for (int i = 0; i < 300; ++i) {
    Record activity = Activity(kSession, kMidnight + minutes(i));
    activity.extras = R"({"text":")" + std::string(8000, 'x') + R"("})";
    Report(kDevice, {activity});
  }
  const auto source = PlanExport(Task("2016-04-26", "2016-04-26"), *stores_, {}, {}).value();
  const auto reader = source->Open(0).value();
  ByteBuffer out;
  std::vector<double> shares;
  do {
    EXPECT_EQ(out.size(), 0u);
    ASSERT_TRUE(reader->Fill(out, 1 << 20));
    shares.push_back(reader->share());
  } while (reader->paused());
  EXPECT_EQ(shares.size(), 3u) << "2.4 MB are two turns of 1 MiB and a rest";
  EXPECT_TRUE(std::ranges::is_sorted(shares));
  EXPECT_GT(shares.front(), 0);
  EXPECT_LT(shares.front(), 1);
  EXPECT_EQ(shares.back(), 1);
  EXPECT_GT(out.size(), 0u);
}

}  // namespace
}  // namespace rawhaul
