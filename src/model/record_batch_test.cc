#include "model/record_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/encoding.h"
#include "model/record_batch_testing.h"

namespace rawhaul {
namespace {

const Guid kDevice = *ParseGuid("00112233445566778899aabbccddeeff");
const Guid kInfo = *ParseGuid("10112233445566778899aabbccddeeff");
const Guid kLocation = *ParseGuid("20112233445566778899aabbccddeeff");
const Guid kSession = *ParseGuid("30112233445566778899aabbccddeeff");
const Guid kJob = *ParseGuid("40112233445566778899aabbccddeeff");
const Timestamp kReceived = *ParseTimestamp("2016-04-26T09:30:00.518Z");

Record Event(std::string name, Timestamp time = kReceived) {
  Record record;
  record.name = std::move(name);
  record.time = time;
  return record;
}

Record FullRecord() {
  Record record = Event("a \"name\", quoted", kReceived - std::chrono::milliseconds(1500));
  record.start = record.time - std::chrono::hours(2);
  record.end = record.time + std::chrono::hours(300);
  record.session_id = kSession;
  record.job_id = kJob;
  record.duration_ms = -7;
  record.stack = "at\n\tline 1";
  record.extras = R"({"video_id":7,"t":"a,\"b\""})";
  return record;
}

std::string Encode(const std::vector<Record>& records, std::string_view user = "",
                   RecordKind kind = RecordKind::kEvent) {
  RecordBatchEncoder encoder(kind, kDevice, user, kInfo, kLocation, kReceived);
  for (const Record& record : records) encoder.Add(record);
  return encoder.Finish();
}

// The rows' views point into `encoded`.
std::vector<RecordRow> Decode(std::string_view encoded) {
  auto reader = RecordBatchReader::Open(encoded);
  EXPECT_TRUE(reader.has_value());
  if (!reader) return {};
  std::vector<RecordRow> rows;
  for (RecordRow row; reader->Next(row);) rows.push_back(row);
  EXPECT_TRUE(reader->status().has_value());
  EXPECT_EQ(rows.size(), reader->rows());
  return rows;
}

void ExpectSame(const RecordRow& row, const Record& record) {
  EXPECT_EQ(JsonUnescape(row.name.json), record.name);
  EXPECT_EQ(row.time, record.time);
  EXPECT_EQ(row.start, record.start);
  EXPECT_EQ(row.end, record.end);
  EXPECT_EQ(row.session_id, record.session_id);
  EXPECT_EQ(row.job_id, record.job_id);
  EXPECT_EQ(row.duration_ms, record.duration_ms);
  EXPECT_EQ(JsonUnescape(row.stack.json), record.stack);
  EXPECT_EQ(row.extras, record.extras);
}

TEST(RecordBatch, HeadRoundTrips) {
  for (const RecordKind kind : {RecordKind::kActivity, RecordKind::kCrash, RecordKind::kSession}) {
    const std::string encoded = Encode({}, "jane, \"j\"", kind);
    const auto reader = RecordBatchReader::Open(encoded);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->head().kind, kind);
    EXPECT_EQ(reader->head().device_id, kDevice);
    EXPECT_EQ(reader->head().info_id, kInfo);
    EXPECT_EQ(reader->head().location_id, kLocation);
    EXPECT_EQ(reader->head().received_at, kReceived);
    EXPECT_EQ(reader->head().user_id.json, R"(jane, \"j\")");
    EXPECT_FALSE(reader->head().user_id.plain);
    EXPECT_EQ(reader->rows(), 0u);
  }
}

TEST(RecordBatch, WhatIsUnknownTakesNoRoomInTheHead) {
  RecordBatchEncoder encoder(RecordKind::kEvent, kDevice, "", Guid{}, Guid{}, kReceived);
  const std::string encoded = encoder.Finish();
  EXPECT_EQ(encoded.size(), 3u + 16 + 6 + 1);
  const auto reader = RecordBatchReader::Open(encoded);
  ASSERT_TRUE(reader.has_value());
  EXPECT_TRUE(reader->head().info_id.IsZero());
  EXPECT_TRUE(reader->head().location_id.IsZero());
  EXPECT_TRUE(reader->head().user_id.json.empty());
  EXPECT_TRUE(reader->head().user_id.plain);
}

TEST(RecordBatch, EveryFieldOfARowRoundTrips) {
  const std::vector<Record> records = {Event("first"), FullRecord(), Event(""), FullRecord(),
                                       Event("last", FromMillis(0))};
  const std::string encoded = Encode(records);
  const auto rows = Decode(encoded);
  ASSERT_EQ(rows.size(), records.size());
  for (size_t i = 0; i < rows.size(); ++i) ExpectSame(rows[i], records[i]);
}

TEST(RecordBatch, TextIsStoredEscapedAndFlagged) {
  const std::string encoded = Encode({FullRecord(), Event("Home")});
  const auto rows = Decode(encoded);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name.json, R"(a \"name\", quoted)");
  EXPECT_FALSE(rows[0].name.plain);
  EXPECT_EQ(rows[0].stack.json, R"(at\n\tline 1)");
  EXPECT_FALSE(rows[0].stack.plain);
  EXPECT_EQ(rows[1].name.json, "Home");
  EXPECT_TRUE(rows[1].name.plain);
}

TEST(RecordBatch, LongTextKeepsItsLengthWhenEscapingMakesItLonger) {
  for (const size_t size : {60u, 126u, 127u, 128u, 8191u, 16383u, 200000u}) {
    Record record = Event(std::string(size, '"'));
    record.stack = std::string(size, 'x');
    const std::string encoded = Encode({record, Event("after")});
    const auto rows = Decode(encoded);
    ASSERT_EQ(rows.size(), 2u);
    ExpectSame(rows[0], record);
    EXPECT_TRUE(rows[0].stack.plain);
  }
}

TEST(RecordBatch, AnIdThatRepeatsIsStoredOnce) {
  Record with_session = Event("e");
  with_session.session_id = kSession;
  Record other = with_session;
  other.session_id = kJob;
  const std::vector<Record> records = {with_session, Event("none"), with_session, other, with_session};
  const std::string encoded = Encode(records);
  const auto rows = Decode(encoded);
  ASSERT_EQ(rows.size(), records.size());
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].session_id, records[i].session_id) << i;
  EXPECT_EQ(encoded.size(),
            Encode({Event("e"), Event("none"), Event("e"), Event("e"), Event("e")}).size() + 3 * 16);
}

TEST(RecordBatch, TimesOutOfRangeAreMovedToTheNearestOne) {
  Record record = Event("e", FromMillis(INT64_MIN));
  record.end = FromMillis(INT64_MAX);
  const std::string encoded = Encode({record});
  const auto rows = Decode(encoded);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].time, FromMillis(0));
  EXPECT_EQ(FormatTimestamp(*rows[0].end), "9999-12-31T23:59:59.999Z");
}

TEST(RecordBatch, HoldsAsManyRowsAsARecordIdCanTell) {
  RecordBatchEncoder encoder(RecordKind::kEvent, kDevice, "", kInfo, kLocation, kReceived);
  for (uint32_t i = 0; i < kMaxBatchRows; ++i) encoder.Add(Event("e"));
  const std::string encoded = encoder.Finish();
  EXPECT_EQ(Decode(encoded).size(), kMaxBatchRows);
}

// The example of docs/storage-format.md: when this fails, so does reading what older programs have stored.
TEST(RecordBatch, BytesAreThoseOfTheDocumentedExample) {
  RecordBatchEncoder encoder(RecordKind::kEvent, kDevice, "jane", kInfo, Guid{}, kReceived);
  Record record = Event("video_clicked", kReceived - std::chrono::milliseconds(518));
  record.session_id = kSession;
  record.extras = R"({"video_id":7})";
  encoder.Add(record);
  Record next = Event("a\"b", kReceived);
  next.session_id = kSession;
  encoder.Add(next);
  EXPECT_EQ(HexEncode(encoder.Finish()),
            "020205"
            "00112233445566778899aabbccddeeff"
            "10112233445566778899aabbccddeeff"
            "046a616e65"
            "8c9fbb9e8a55"
            "02"
            "45"
            "8b08"
            "0d766964656f5f636c69636b6564"
            "30112233445566778899aabbccddeeff"
            "0e7b22766964656f5f6964223a377d"
            "0b"
            "8c08"
            "04615c2262");
}

Error OpenError(std::string_view encoded) {
  const auto reader = RecordBatchReader::Open(encoded);
  return reader ? Error{} : reader.error();
}

TEST(RecordBatch, AnUnknownVersionIsNamed) {
  std::string encoded = Encode({Event("e")});
  encoded[0] = 3;
  const Error error = OpenError(encoded);
  EXPECT_EQ(error.code, ErrorCode::kDataLoss);
  EXPECT_NE(error.message.find("version 3"), std::string::npos) << error.message;
}

TEST(RecordBatch, UnknownKindsAndFlagsAreDataLoss) {
  for (const size_t at : {1u, 2u}) {
    std::string encoded = Encode({Event("e")});
    encoded[at] = '\x70';
    EXPECT_EQ(OpenError(encoded).code, ErrorCode::kDataLoss) << at;
  }
}

// Reads all of it; damage must show as kDataLoss and as nothing else.
bool ReadsWhole(std::string_view encoded) {
  auto reader = RecordBatchReader::Open(encoded);
  if (!reader) {
    EXPECT_EQ(reader.error().code, ErrorCode::kDataLoss);
    return false;
  }
  const auto is_within = [&](std::string_view view) {
    return view.empty() ||
           (view.data() >= encoded.data() && view.data() + view.size() <= encoded.data() + encoded.size());
  };
  for (RecordRow row; reader->Next(row);) {
    EXPECT_TRUE(is_within(row.name.json) && is_within(row.stack.json) && is_within(row.extras));
    EXPECT_EQ(FormatTimestamp(row.time).size(), kTimestampLength);
  }
  if (!reader->status()) {
    EXPECT_EQ(reader->status().error().code, ErrorCode::kDataLoss);
  }
  return reader->status().has_value();
}

TEST(RecordBatch, CutOffAnywhereIsDataLoss) {
  const std::string encoded = Encode({FullRecord(), Event("e"), FullRecord()}, "jane");
  for (size_t size = 0; size < encoded.size(); ++size) {
    // A copy of its own size lets the address sanitizer see a read behind the end.
    const std::vector<char> cut(encoded.begin(), encoded.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(ReadsWhole({cut.data(), cut.size()})) << size;
  }
  EXPECT_TRUE(ReadsWhole(encoded));
  EXPECT_FALSE(ReadsWhole(encoded + "x"));
}

TEST(RecordBatch, AnyOtherByteAnywhereIsDataLossOrReadable) {
  const std::string encoded = Encode({FullRecord(), Event("e"), FullRecord()}, "jane");
  for (size_t at = 0; at < encoded.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = encoded;
      damaged[at] = static_cast<char>(value);
      ReadsWhole(damaged);
    }
  }
}

TEST(RecordBatch, ArbitraryBytesAreDataLossOrReadable) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 80, '\0');
    std::generate(bytes.begin(), bytes.end(),
                  [&] { return static_cast<char>(random() % 4 == 0 ? random() : random() % 8); });
    ReadsWhole((round % 2 == 0 ? "\x01\x02" : "\x02\x02") + bytes);
  }
}

// A batch as version 1 was, which escaped U+0000 as any other control character. `encoded` has U+0001
// instead.
std::string WithZeros(std::string encoded) {
  encoded.front() = 1;
  for (size_t at = 0; (at = encoded.find(R"(\u0001)", at)) != std::string::npos;)
    encoded.replace(at, 6, R"(\u0000)");
  return encoded;
}

TEST(RecordBatch, ZerosThatWereStoredAreReadAsReplacementCharacters) {
  Record record = FullRecord();
  record.name = "a\x01";
  record.stack = "\x01\x01 literal \\u0000";
  record.extras = R"({"k":"\u0001","l":"\\u0000"})";
  // Bytes that are no text are left alone.
  record.session_id = GuidFromBytes(R"(0123\u0000456789)");
  const std::string encoded = WithZeros(Encode({Event("first"), record}, "jane\x01"));
  auto reader = RecordBatchReader::Open(encoded);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->head().user_id.json, R"(jane\ufffd)");
  RecordRow row;
  ASSERT_TRUE(reader->Next(row));
  EXPECT_EQ(row.name.json, "first");
  ASSERT_TRUE(reader->Next(row));
  EXPECT_EQ(row.name.json, R"(a\ufffd)");
  EXPECT_FALSE(row.name.plain);
  EXPECT_EQ(row.stack.json, R"(\ufffd\ufffd literal \\u0000)");
  EXPECT_EQ(row.extras, R"({"k":"\ufffd","l":"\\u0000"})");
  EXPECT_EQ(row.session_id, record.session_id);
  EXPECT_FALSE(reader->Next(row));
  EXPECT_TRUE(reader->status().has_value());
}

TEST(RecordBatch, TextsWithZerosAreStoredWithReplacementCharacters) {
  Record record = Event(std::string("a\0b", 3));
  record.stack = std::string("\0", 1);
  const std::string encoded = Encode({record}, std::string("\0u", 2));
  const auto rows = Decode(encoded);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name.json, "a\ufffdb");
  EXPECT_EQ(rows[0].stack.json, "\ufffd");
  EXPECT_EQ(RecordBatchReader::Open(encoded)->head().user_id.json, "\ufffdu");
}

std::string TextOf(const RecordId& id) {
  std::string text(kRecordIdLength, '?');
  WriteRecordId(id, text.data());
  return text;
}

TEST(RecordId, IsSequenceAndRowInHexAndBeginsWithALetter) {
  EXPECT_EQ(TextOf({0x123456789abcdef0, 0xfedc}), "h23456789abcdef0fedc");
  EXPECT_EQ(TextOf({0x1e, 0}), "g00000000000001e0000") << "a reader would take 000000000000001e0000 for 1";
}

TEST(RecordId, SortsAsSequenceAndRow) {
  const RecordId ordered[] = {{0, 0},
                              {0, 1},
                              {0, 0xffff},
                              {9, 0},
                              {10, 0},
                              {uint64_t{1} << 60, 0},
                              {uint64_t{7} << 60, 1},
                              {uint64_t{8} << 60, 0},
                              {UINT64_MAX, 0xffff}};
  for (size_t i = 1; i < std::size(ordered); ++i) EXPECT_LT(TextOf(ordered[i - 1]), TextOf(ordered[i]));
}

}  // namespace
}  // namespace rawhaul
