#include <gtest/gtest.h>

#include "format/encoder.h"
#include "format/encoder_testing.h"

namespace rawhaul {
namespace {

using namespace format_testing;

const BatchOwner kKnownOwner{"jane", kInfo, kLocation};

std::string Encode(ExportType type, ExportFormat format, const BatchOwner& owner,
                   const std::vector<Record>& records) {
  std::string out;
  const std::string batch = MakeBatch(*RecordKindOf(type), owner, records);
  const auto encoded = EncodeRecords(type, format, 0x1f, batch, out);
  EXPECT_TRUE(encoded.has_value());
  EXPECT_EQ(encoded->rows, records.size());
  return out;
}
std::string EncodeArray(ExportType type, const BatchOwner& owner, const std::vector<Record>& records) {
  return Encode(type, ExportFormat::kJsonBlob, owner, records);
}
std::string EncodeLines(ExportType type, const BatchOwner& owner, const std::vector<Record>& records) {
  return Encode(type, ExportFormat::kJsonLinesBlob, owner, records);
}

Record FullRecord() {
  Record record = MakeRecord(kAwkward);
  record.session_id = kSession;
  record.job_id = kJob;
  record.extras = R"({"k":"v, \"q\"","n":null})";
  return record;
}

Record FullJob() {
  Record record = FullRecord();
  record.start = kTime;
  record.end = kTime + std::chrono::hours(30);
  return record;
}

TEST(JsonArray, EventsOfABatchAreOneElement) {
  EXPECT_EQ(
      EncodeArray(ExportType::kEvent, kKnownOwner, {FullRecord(), MakeRecord()}),
      R"({"deviceId":"00112233445566778899aabbccddeeff","userId":"jane","events":[)"
      R"({"name":")" +
          std::string(kAwkwardJson) +
          R"(","timestamp":"2016-04-26T09:30:00.518Z","infoId":"10112233445566778899aabbccddeeff",)"
          R"("sessionId":"30112233445566778899aabbccddeeff","locationId":"20112233445566778899aabbccddeeff",)"
          R"("jobId":"40112233445566778899aabbccddeeff","extras":{"k":"v, \"q\"","n":null}},)"
          R"({"name":"open","timestamp":"2016-04-26T09:30:00.518Z","infoId":"10112233445566778899aabbccddeeff",)"
          R"("sessionId":"00000000000000000000000000000000","locationId":"20112233445566778899aabbccddeeff"}]})");
}

TEST(JsonArray, RequiredIdsThatAreUnknownAreZeros) {
  const std::string zeros =
      R"("infoId":"00000000000000000000000000000000","sessionId":"00000000000000000000000000000000",)"
      R"("locationId":"00000000000000000000000000000000")";
  EXPECT_EQ(EncodeArray(ExportType::kError, {}, {MakeRecord()}),
            R"({"deviceId":"00112233445566778899aabbccddeeff","errors":[{"name":"open",)"
            R"("timestamp":"2016-04-26T09:30:00.518Z",)" +
                zeros + "}]}");
  EXPECT_EQ(EncodeArray(ExportType::kCrash, {}, {MakeRecord()}),
            R"({"deviceId":"00112233445566778899aabbccddeeff","crashes":[{"crashId":"open",)"
            R"("timestamp":"2016-04-26T09:30:00.518Z",)" +
                zeros + "}]}");
}

TEST(JsonArray, CrashesHaveTheirStackOnOneLine) {
  Record crash = FullRecord();
  crash.stack = "at a\n\tat \"b\"";
  EXPECT_EQ(
      EncodeArray(ExportType::kCrash, kKnownOwner, {crash}),
      R"({"deviceId":"00112233445566778899aabbccddeeff","userId":"jane","crashes":[{"crashId":")" +
          std::string(kAwkwardJson) +
          R"(","timestamp":"2016-04-26T09:30:00.518Z","infoId":"10112233445566778899aabbccddeeff",)"
          R"("sessionId":"30112233445566778899aabbccddeeff","locationId":"20112233445566778899aabbccddeeff",)"
          R"("stack":"at a\n\tat \"b\"","extras":{"k":"v, \"q\"","n":null}}]})");
}

TEST(JsonArray, ConsecutiveActivitiesOfASessionAreOneElement) {
  Record timed = MakeRecord("Home");
  timed.session_id = kSession;
  timed.duration_ms = 1234;
  timed.extras = "{}";
  Record same = MakeRecord("Cart");
  same.session_id = kSession;
  Record other = MakeRecord("Cart");
  other.session_id = kOtherSession;
  const std::string cart = R"({"name":"Cart","timestamp":"2016-04-26T09:30:00.518Z"})";
  const std::string device = R"({"deviceId":"00112233445566778899aabbccddeeff","userId":"jane",)";
  EXPECT_EQ(EncodeArray(ExportType::kActivity, kKnownOwner, {timed, same, other, same, MakeRecord("Cart")}),
            device + R"("sessionId":"30112233445566778899aabbccddeeff","activities":[{"name":"Home",)" +
                R"("timestamp":"2016-04-26T09:30:00.518Z","durationMs":1234,"extras":{}},)" + cart +
                "]},\n" +  //
                device + R"("sessionId":"31112233445566778899aabbccddeeff","activities":[)" + cart + "]},\n" +
                device + R"("sessionId":"30112233445566778899aabbccddeeff","activities":[)" + cart + "]},\n" +
                device + R"("sessionId":"00000000000000000000000000000000","activities":[)" + cart + "]}");
}

TEST(JsonArray, EveryJobIsAnElement) {
  EXPECT_EQ(EncodeArray(ExportType::kJob, kKnownOwner, {FullJob(), MakeRecord("publish")}),
            R"({"jobId":"40112233445566778899aabbccddeeff","name":")" + std::string(kAwkwardJson) +
                R"(","deviceId":"00112233445566778899aabbccddeeff","userId":"jane",)"
                R"("infoId":"10112233445566778899aabbccddeeff","start":"2016-04-26T09:30:00.518Z",)"
                R"("end":"2016-04-27T15:30:00.518Z","extras":{"k":"v, \"q\"","n":null}},)"
                "\n"
                R"({"jobId":"00000000000000000000000000000000","name":"publish",)"
                R"("deviceId":"00112233445566778899aabbccddeeff","userId":"jane",)"
                R"("infoId":"10112233445566778899aabbccddeeff"})");
}

TEST(JsonArray, SessionsLeaveOutWhatIsUnknown) {
  Record session = FullJob();
  session.name.clear();
  session.extras.clear();
  EXPECT_EQ(
      EncodeArray(ExportType::kSession, kKnownOwner, {session}),
      R"({"sessionId":"30112233445566778899aabbccddeeff","deviceId":"00112233445566778899aabbccddeeff",)"
      R"("userId":"jane","start":"2016-04-26T09:30:00.518Z","end":"2016-04-27T15:30:00.518Z",)"
      R"("infoId":"10112233445566778899aabbccddeeff","locationId":"20112233445566778899aabbccddeeff"})");
  EXPECT_EQ(
      EncodeArray(ExportType::kSession, {}, {MakeRecord("")}),
      R"({"sessionId":"00000000000000000000000000000000","deviceId":"00112233445566778899aabbccddeeff"})");
}

TEST(JsonArray, TheUserIdIsEscaped) {
  EXPECT_EQ(
      EncodeArray(ExportType::kSession, {std::string(kAwkward), {}, {}}, {MakeRecord("")}),
      R"({"sessionId":"00000000000000000000000000000000","deviceId":"00112233445566778899aabbccddeeff",)"
      R"("userId":")" +
          std::string(kAwkwardJson) + R"("})");
}

const std::string kLineStart =
    R"({"recordId":"g00000000000001f0000","deviceId":"00112233445566778899aabbccddeeff","userId":"jane",)";
const std::string kLineEnd = R"("receivedAt":"2016-04-26T09:31:02.007Z"})"
                             "\n";

TEST(JsonLines, EventsAndErrors) {
  const std::string line =
      kLineStart + R"("name":")" + std::string(kAwkwardJson) +
      R"(","timestamp":"2016-04-26T09:30:00.518Z","infoId":"10112233445566778899aabbccddeeff",)"
      R"("sessionId":"30112233445566778899aabbccddeeff",)"
      R"("locationId":"20112233445566778899aabbccddeeff","jobId":"40112233445566778899aabbccddeeff",)"
      R"("extras":{"k":"v, \"q\"","n":null},)" +
      kLineEnd;
  EXPECT_EQ(EncodeLines(ExportType::kEvent, kKnownOwner, {FullRecord()}), line);
  EXPECT_EQ(EncodeLines(ExportType::kError, kKnownOwner, {FullRecord()}), line);
}

TEST(JsonLines, WhatIsUnknownIsAbsent) {
  const std::string start =
      R"({"recordId":"g00000000000001f0000","deviceId":"00112233445566778899aabbccddeeff",)";
  const std::string named = start + R"("name":"open",)";
  const std::string time = R"("timestamp":"2016-04-26T09:30:00.518Z",)" + kLineEnd;
  EXPECT_EQ(EncodeLines(ExportType::kActivity, {}, {MakeRecord()}), named + time);
  EXPECT_EQ(EncodeLines(ExportType::kEvent, {}, {MakeRecord()}), named + time);
  EXPECT_EQ(EncodeLines(ExportType::kError, {}, {MakeRecord()}), named + time);
  EXPECT_EQ(EncodeLines(ExportType::kCrash, {}, {MakeRecord()}), start + R"("crashId":"open",)" + time);
  EXPECT_EQ(EncodeLines(ExportType::kJob, {}, {MakeRecord()}), named + kLineEnd);
  EXPECT_EQ(EncodeLines(ExportType::kSession, {}, {MakeRecord("")}), start + kLineEnd);
}

TEST(JsonLines, ActivitiesCrashesJobsAndSessions) {
  Record activity = MakeRecord("Home");
  activity.session_id = kSession;
  activity.duration_ms = -5;
  EXPECT_EQ(EncodeLines(ExportType::kActivity, kKnownOwner, {activity}),
            kLineStart + R"("sessionId":"30112233445566778899aabbccddeeff","name":"Home",)" +
                R"("timestamp":"2016-04-26T09:30:00.518Z","durationMs":-5,)" + kLineEnd);
  Record crash = MakeRecord("npe");
  crash.stack = "a\nb";
  EXPECT_EQ(
      EncodeLines(ExportType::kCrash, kKnownOwner, {crash}),
      kLineStart + R"("crashId":"npe","timestamp":"2016-04-26T09:30:00.518Z",)" +
          R"("infoId":"10112233445566778899aabbccddeeff","locationId":"20112233445566778899aabbccddeeff",)" +
          R"("stack":"a\nb",)" + kLineEnd);
  const std::string span = R"("start":"2016-04-26T09:30:00.518Z","end":"2016-04-27T15:30:00.518Z",)";
  EXPECT_EQ(EncodeLines(ExportType::kJob, kKnownOwner, {FullJob()}),
            kLineStart + R"("jobId":"40112233445566778899aabbccddeeff","name":")" +
                std::string(kAwkwardJson) + R"(","infoId":"10112233445566778899aabbccddeeff",)" + span +
                R"("extras":{"k":"v, \"q\"","n":null},)" + kLineEnd);
  EXPECT_EQ(
      EncodeLines(ExportType::kSession, kKnownOwner, {FullJob()}),
      kLineStart + R"("sessionId":"30112233445566778899aabbccddeeff",)" + span +
          R"("infoId":"10112233445566778899aabbccddeeff","locationId":"20112233445566778899aabbccddeeff",)" +
          kLineEnd);
}

TEST(JsonLines, RecordIdsCountTheRowsOfABatch) {
  const std::string lines = EncodeLines(ExportType::kEvent, {}, std::vector<Record>(300, MakeRecord()));
  EXPECT_NE(lines.find(R"({"recordId":"g00000000000001f0000",)"), std::string::npos);
  EXPECT_NE(lines.find(R"({"recordId":"g00000000000001f012b",)"), std::string::npos);
}

}  // namespace
}  // namespace rawhaul
