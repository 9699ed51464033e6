#include "model/export_task.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(ExportTaskTest, EveryTypeIsReadBackFromItsName) {
  for (const std::string_view name :
       {"Activity", "Tag", "Crash", "Error", "Event", "Job", "Session", "Token", "Push", "Device"}) {
    const auto type = ParseExportType(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(ToString(*type), name);
  }
}

TEST(ExportTaskTest, EveryFormatCompressionAndStateIsReadBackFromItsName) {
  for (const std::string_view name : {"JsonBlob", "CsvBlob", "JsonLinesBlob"}) {
    EXPECT_EQ(ToString(ParseExportFormat(name).value()), name);
  }
  for (const std::string_view name : {"None", "Gzip", "Zstd"}) {
    EXPECT_EQ(ToString(ParseCompression(name).value()), name);
  }
  for (const std::string_view name : {"Queued", "Started", "Succeeded", "Failed"}) {
    EXPECT_EQ(ToString(ParseTaskState(name).value()), name);
  }
}

TEST(ExportTaskTest, ParsingIgnoresCase) {
  EXPECT_EQ(ParseExportType("aCTIVITY"), ExportType::kActivity);
  EXPECT_EQ(ParseExportFormat("csvblob"), ExportFormat::kCsvBlob);
  EXPECT_EQ(ParseCompression("GZIP"), Compression::kGzip);
  EXPECT_EQ(ParseTaskState("queued"), TaskState::kQueued);
}

TEST(ExportTaskTest, ParsingRefusesOtherWords) {
  for (const std::string_view text : {"", "Activit", "Activities", " Activity", "0"}) {
    EXPECT_EQ(ParseExportType(text), std::nullopt) << text;
    EXPECT_EQ(ParseExportFormat(text), std::nullopt) << text;
    EXPECT_EQ(ParseCompression(text), std::nullopt) << text;
    EXPECT_EQ(ParseTaskState(text), std::nullopt) << text;
  }
}

TEST(ExportTaskTest, HistoricalTypesHaveTheirRecordKind) {
  EXPECT_EQ(RecordKindOf(ExportType::kActivity), RecordKind::kActivity);
  EXPECT_EQ(RecordKindOf(ExportType::kEvent), RecordKind::kEvent);
  EXPECT_EQ(RecordKindOf(ExportType::kError), RecordKind::kError);
  EXPECT_EQ(RecordKindOf(ExportType::kCrash), RecordKind::kCrash);
  EXPECT_EQ(RecordKindOf(ExportType::kJob), RecordKind::kJob);
  EXPECT_EQ(RecordKindOf(ExportType::kSession), RecordKind::kSession);
}

TEST(ExportTaskTest, SnapshotTypesHaveNoRecordKind) {
  for (const ExportType type :
       {ExportType::kTag, ExportType::kToken, ExportType::kPush, ExportType::kDevice}) {
    EXPECT_EQ(RecordKindOf(type), std::nullopt) << ToString(type);
  }
}

}  // namespace
}  // namespace rawhaul
