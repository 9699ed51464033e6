#include <gtest/gtest.h>

#include "format/encoder.h"
#include "format/encoder_testing.h"

namespace rawhaul {
namespace {

using namespace format_testing;

const BatchOwner kKnownOwner{"doe, jane", kInfo, kLocation};
const std::string kStart = "g00000000000001f0000,00112233445566778899aabbccddeeff,\"doe, jane\",";
const std::string kUnknownStart = "g00000000000001f0000,00112233445566778899aabbccddeeff,,";
const std::string kTimeText = "2016-04-26T09:30:00.518Z,";
const std::string kInfoText = "10112233445566778899aabbccddeeff,";
const std::string kLocationText = "20112233445566778899aabbccddeeff,";
const std::string kSessionText = "30112233445566778899aabbccddeeff,";
const std::string kJobText = "40112233445566778899aabbccddeeff,";
const std::string kEnd = "2016-04-26T09:31:02.007Z\n";

std::string Encode(ExportType type, const BatchOwner& owner, const Record& record) {
  std::string out;
  const std::string batch = MakeBatch(*RecordKindOf(type), owner, {record});
  EXPECT_TRUE(EncodeRecords(type, ExportFormat::kCsvBlob, 0x1f, batch, out).has_value());
  return out;
}

Record FullRecord() {
  Record record = MakeRecord(kAwkward);
  record.session_id = kSession;
  record.job_id = kJob;
  record.start = kTime;
  record.end = kTime + std::chrono::milliseconds(1);
  record.duration_ms = 1234;
  record.stack = "at a\n\tat b";
  record.extras = R"({"k":"v"})";
  return record;
}

TEST(CsvRecords, AllIsKnown) {
  const std::string name = std::string(kAwkwardCsv) + ",";
  const std::string extras = R"("{""k"":""v""}",)";
  const std::string span = kTimeText + "2016-04-26T09:30:00.519Z,";
  const std::string event =
      kStart + name + kTimeText + kInfoText + kSessionText + kLocationText + kJobText + extras + kEnd;
  EXPECT_EQ(Encode(ExportType::kEvent, kKnownOwner, FullRecord()), event);
  EXPECT_EQ(Encode(ExportType::kError, kKnownOwner, FullRecord()), event);
  EXPECT_EQ(Encode(ExportType::kCrash, kKnownOwner, FullRecord()), kStart + name + kTimeText + kInfoText +
                                                                       kSessionText + kLocationText +
                                                                       "\"at a\n\tat b\"," + extras + kEnd);
  EXPECT_EQ(Encode(ExportType::kActivity, kKnownOwner, FullRecord()),
            kStart + kSessionText + name + kTimeText + "1234," + extras + kEnd);
  EXPECT_EQ(Encode(ExportType::kJob, kKnownOwner, FullRecord()),
            kStart + kJobText + name + kInfoText + span + extras + kEnd);
  EXPECT_EQ(Encode(ExportType::kSession, kKnownOwner, FullRecord()),
            kStart + kSessionText + span + kInfoText + kLocationText + kEnd);
}

TEST(CsvRecords, WhatIsUnknownIsAnEmptyField) {
  EXPECT_EQ(Encode(ExportType::kEvent, {}, MakeRecord()),
            kUnknownStart + "\"open\"," + kTimeText + ",,,,," + kEnd);
  EXPECT_EQ(Encode(ExportType::kError, {}, MakeRecord()),
            kUnknownStart + "\"open\"," + kTimeText + ",,,,," + kEnd);
  EXPECT_EQ(Encode(ExportType::kCrash, {}, MakeRecord()),
            kUnknownStart + "\"open\"," + kTimeText + ",,,,," + kEnd);
  EXPECT_EQ(Encode(ExportType::kActivity, {}, MakeRecord()),
            kUnknownStart + ",\"open\"," + kTimeText + ",," + kEnd);
  EXPECT_EQ(Encode(ExportType::kJob, {}, MakeRecord()), kUnknownStart + ",\"open\",,,,," + kEnd);
  EXPECT_EQ(Encode(ExportType::kSession, {}, MakeRecord("")), kUnknownStart + ",,,,," + kEnd);
}

TEST(CsvRecords, AnEmptyObjectStandsInQuotesLikeOthers) {
  Record record = MakeRecord();
  record.extras = "{}";
  EXPECT_EQ(Encode(ExportType::kEvent, {}, record),
            kUnknownStart + "\"open\"," + kTimeText + ",,,,\"{}\"," + kEnd);
}

}  // namespace
}  // namespace rawhaul
