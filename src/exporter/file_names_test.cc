#include "exporter/file_names.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

ExportTask HistoricalTask() {
  ExportTask task;
  task.id = 17;
  task.request.type = ExportType::kEvent;
  task.request.days = DayRange{*ParseDay("2016-04-01"), *ParseDay("2016-04-30")};
  return task;
}

TEST(FileNames, HistoricalFilesAreNamedByTheirDays) {
  const ExportTask task = HistoricalTask();
  EXPECT_EQ(FileName(task, 0), "Event_2016-04-01_2016-04-30_17.json");
  EXPECT_EQ(ManifestName(task), "Event_2016-04-01_2016-04-30_17.manifest.json");
}

TEST(FileNames, SnapshotFilesAreNamedByTheirTime) {
  ExportTask task;
  task.id = 18;
  task.request.type = ExportType::kTag;
  task.request.format = ExportFormat::kCsvBlob;
  task.created = *ParseTimestamp("2016-04-30T12:00:05.999Z");
  EXPECT_EQ(FileName(task, 0), "Tag_20160430T120005Z_18.csv");
}

TEST(FileNames, PartsAndCompressionGoBehind) {
  ExportTask task = HistoricalTask();
  task.request.format = ExportFormat::kJsonLinesBlob;
  task.request.compression = Compression::kGzip;
  EXPECT_EQ(FileName(task, 1), "Event_2016-04-01_2016-04-30_17_00001.jsonl.gz");
  task.request.compression = Compression::kZstd;
  EXPECT_EQ(FileName(task, 12345), "Event_2016-04-01_2016-04-30_17_12345.jsonl.zst");
}

// No name of an earlier run comes again.
TEST(FileNames, ARestartGivesOtherNames) {
  ExportTask task = HistoricalTask();
  task.restarts = 1;
  EXPECT_EQ(FileName(task, 0), "Event_2016-04-01_2016-04-30_17_r1.json");
  EXPECT_EQ(FileName(task, 1), "Event_2016-04-01_2016-04-30_17_r1_00001.json");
  EXPECT_EQ(ManifestName(task), "Event_2016-04-01_2016-04-30_17_r1.manifest.json");
  EXPECT_EQ(FileStem(task), "Event_2016-04-01_2016-04-30_17") << "with which all of its files begin";
}

TEST(FileNames, TheContentTypeIsThatOfTheBytes) {
  ExportRequest request;
  EXPECT_EQ(ContentType(request), "application/json");
  request.format = ExportFormat::kCsvBlob;
  EXPECT_EQ(ContentType(request), "text/csv; charset=utf-8");
  request.format = ExportFormat::kJsonLinesBlob;
  EXPECT_EQ(ContentType(request), "application/x-ndjson");
  request.compression = Compression::kGzip;
  EXPECT_EQ(ContentType(request), "application/gzip");
  request.compression = Compression::kZstd;
  EXPECT_EQ(ContentType(request), "application/zstd");
}

}  // namespace
}  // namespace rawhaul
