#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/source.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

constexpr uint32_t kApp = 7;
constexpr std::array<std::pair<RecordKind, ExportType>, 6> kKinds{{
    {RecordKind::kActivity, ExportType::kActivity},
    {RecordKind::kEvent, ExportType::kEvent},
    {RecordKind::kError, ExportType::kError},
    {RecordKind::kCrash, ExportType::kCrash},
    {RecordKind::kJob, ExportType::kJob},
    {RecordKind::kSession, ExportType::kSession},
}};

class EdgesOfTimeTest : public testing::Test {
 protected:
  void Collect(RecordKind kind, std::string_view time, const Guid& session = {}) {
    Record record;
    record.kind = kind;
    record.name = "name";
    record.time = *ParseTimestamp(time);
    record.session_id = session;
    IngestBatch batch;
    batch.app = kApp;
    batch.device_id = TestGuid(1);
    batch.received_at = clock_.Now();
    RecordRowsEncoder rows(batch.received_at);
    rows.Add(record);
    batch.records.push_back({kind, HourOf(record.time), rows.Finish()});
    ASSERT_TRUE(WriteAll(*stores_, {batch}));
  }

  // How many rows an export of these days has.
  size_t Rows(ExportType type, std::string_view first, std::string_view last) const {
    ExportTask task;
    task.cut_off = UINT64_MAX;
    task.request.app = kApp;
    task.request.type = type;
    task.request.format = ExportFormat::kJsonLinesBlob;
    task.request.days = DayRange{*ParseDay(first), *ParseDay(last)};
    const auto source = PlanExport(task, *stores_, {}, {}).value();
    size_t rows = 0;
    for (size_t piece = 0; piece < source->pieces(); ++piece) {
      ByteBuffer out;
      rows += source->Open(piece).value()->Fill(out, 1 << 20).value().rows;
    }
    return rows;
  }
  size_t Rows(ExportType type, std::string_view day) const { return Rows(type, day, day); }

  ManualClock clock_;
  TempDirectory directory_;
  std::unique_ptr<EmbeddedStores> stores_ = std::move(*OpenEmbeddedStores(directory_.path(), {}, clock_));
};

TEST_F(EdgesOfTimeTest, EveryHourOfTheFirstAndTheLastDayIsInTheExportOfItsDayAndOfNoOther) {
  for (const auto& [kind, type] : kKinds) {
    for (const std::string_view time :
         {"1970-01-01T00:00:00.000Z", "1970-01-01T23:59:59.999Z", "9999-12-31T00:00:00.000Z",
          "9999-12-31T22:59:59.999Z", "9999-12-31T23:00:00.000Z", "9999-12-31T23:59:59.999Z"})
      Collect(kind, time);
    EXPECT_EQ(Rows(type, "1970-01-01"), 2u) << ToString(type);
    EXPECT_EQ(Rows(type, "1970-01-02"), 0u) << ToString(type);
    EXPECT_EQ(Rows(type, "9999-12-30"), 0u) << ToString(type);
    EXPECT_EQ(Rows(type, "9999-12-31"), 4u) << ToString(type);
    EXPECT_EQ(Rows(type, "1970-01-01", "9999-12-31"), 6u) << ToString(type);
  }
}

TEST_F(EdgesOfTimeTest, DaysBeforeTheFirstHourHaveNoRecords) {
  Collect(RecordKind::kEvent, "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Rows(ExportType::kEvent, "1969-12-31"), 0u);
  EXPECT_EQ(Rows(ExportType::kEvent, "0001-01-01", "1969-12-31"), 0u);
  EXPECT_EQ(Rows(ExportType::kEvent, "0001-01-01", "1970-01-01"), 1u);
}

TEST_F(EdgesOfTimeTest, SessionsOfTheFirstAndOfTheLastHourAreDerived) {
  Collect(RecordKind::kActivity, "1970-01-01T00:30:00.000Z", TestGuid(100));
  Collect(RecordKind::kActivity, "9999-12-31T23:30:00.000Z", TestGuid(101));
  EXPECT_EQ(Rows(ExportType::kSession, "1970-01-01"), 1u);
  EXPECT_EQ(Rows(ExportType::kSession, "9999-12-31"), 1u);
}

}  // namespace
}  // namespace rawhaul
