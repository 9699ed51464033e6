#include "format/encoder.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <random>

#include "format/columns.h"
#include "format/encoder_testing.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using namespace format_testing;

constexpr ExportType kRecordTypes[] = {ExportType::kActivity, ExportType::kEvent, ExportType::kError,
                                       ExportType::kCrash,    ExportType::kJob,   ExportType::kSession};
constexpr ExportFormat kFormats[] = {ExportFormat::kJsonBlob, ExportFormat::kCsvBlob,
                                     ExportFormat::kJsonLinesBlob};
constexpr uint64_t kSequence = 77;

class RandomRecords {
 public:
  explicit RandomRecords(unsigned seed) : random_(seed) {}

  size_t Below(size_t limit) { return random_() % limit; }
  bool Coin() { return Below(2) == 0; }

  std::string Text(size_t max_length) {
    constexpr std::string_view kPieces[] = {"a",       "Z",  " ",  ",",    "\"",     "\\",
                                            "\n",      "\r", "\t", "\x01", "\x7f",   "\\u0041",
                                            "/",       "é",  "Ω",  "漢",   "\u2028", "\xF0\x9F\x98\x80",
                                            "={}[]:;'"};
    std::string text;
    for (size_t length = Below(max_length); length > 0; --length) text += kPieces[Below(std::size(kPieces))];
    return text;
  }
  Guid Id() {
    Guid id;
    if (Coin()) return id;
    id.bytes.fill(static_cast<uint8_t>(1 + Below(3)));
    return id;
  }
  Timestamp Time() {
    return kTime + std::chrono::milliseconds(static_cast<int>(Below(7'200'000)) - 3'600'000);
  }

  Record Next(RecordKind kind) {
    Record record = MakeRecord("n" + Text(20), Time());
    if (kind == RecordKind::kSession) record.name.clear();
    record.session_id = Id();
    record.job_id = Id();
    if (Coin()) record.start = record.time;
    if (Coin()) record.end = Time();
    if (Coin()) record.duration_ms = static_cast<int64_t>(random_());
    if (Coin()) record.stack = Text(400);
    if (Coin())
      record.extras = json::serialize(json::object{{"k", Text(50)}, {"n", Below(100)}, {"b", Coin()}});
    return record;
  }

 private:
  std::mt19937_64 random_;
};

// What each column of a record is to hold, as text; absent where it is unknown.
using Expected = std::map<std::string, std::string, std::less<>>;

void SetIf(bool known, std::string_view name, std::string value, Expected& expected) {
  if (known) expected.emplace(name, std::move(value));
}

Expected Describe(const BatchOwner& owner, const Record& record, uint32_t row) {
  Expected all;
  std::string record_id(kRecordIdLength, '\0');
  WriteRecordId({kSequence, row}, record_id.data());
  SetIf(true, "recordId", record_id, all);
  SetIf(true, "deviceId", kDevice.ToHex(), all);
  SetIf(!owner.user_id.empty(), "userId", owner.user_id, all);
  SetIf(!owner.info_id.IsZero(), "infoId", owner.info_id.ToHex(), all);
  SetIf(!owner.location_id.IsZero(), "locationId", owner.location_id.ToHex(), all);
  SetIf(!record.session_id.IsZero(), "sessionId", record.session_id.ToHex(), all);
  SetIf(!record.job_id.IsZero(), "jobId", record.job_id.ToHex(), all);
  SetIf(true, "name", record.name, all);
  SetIf(true, "crashId", record.name, all);
  SetIf(true, "timestamp", FormatTimestamp(record.time), all);
  SetIf(record.duration_ms.has_value(), "durationMs", std::to_string(record.duration_ms.value_or(0)), all);
  SetIf(record.start.has_value(), "start", FormatTimestamp(record.start.value_or(kTime)), all);
  SetIf(record.end.has_value(), "end", FormatTimestamp(record.end.value_or(kTime)), all);
  SetIf(!record.stack.empty(), "stack", record.stack, all);
  SetIf(!record.extras.empty(), "extras", record.extras, all);
  SetIf(true, "receivedAt", FormatTimestamp(kReceived), all);
  return all;
}

// The expectation of the columns of one type.
Expected Describe(ExportType type, const BatchOwner& owner, const Record& record, uint32_t row) {
  const Expected all = Describe(owner, record, row);
  Expected expected;
  for (const Column& column : ColumnsOf(type)) {
    if (const auto found = all.find(column.name); found != all.end()) expected.insert(*found);
  }
  return expected;
}

Expected TextsOf(const json::object& object) {
  Expected texts;
  for (const auto& [key, value] : object) {
    texts.emplace(key, value.is_string() ? std::string(value.as_string()) : json::serialize(value));
  }
  return texts;
}

// The rows of a JSON array, made flat, as far as they hold the same as flat rows: zero ids are unknown.
std::vector<Expected> FlattenArray(const json::array& elements) {
  std::vector<Expected> rows;
  for (const json::value& element : elements) {
    Expected outer;
    const json::array* inner = nullptr;
    for (const auto& [key, value] : element.as_object()) {
      if (value.is_array()) inner = &value.as_array();
      if (!value.is_array()) outer.merge(TextsOf({{key, value}}));
    }
    if (inner == nullptr) rows.push_back(outer);
    for (size_t i = 0; inner != nullptr && i < inner->size(); ++i) {
      rows.push_back(outer);
      rows.back().merge(TextsOf((*inner)[i].as_object()));
    }
  }
  for (Expected& row : rows)
    std::erase_if(row, [](const auto& field) { return field.second == Guid{}.ToHex(); });
  return rows;
}

std::string EncodeOrFail(ExportType type, ExportFormat format, std::string_view batch) {
  std::string out;
  EXPECT_TRUE(EncodeRecords(type, format, kSequence, batch, out).has_value());
  return out;
}

void ExpectReadBack(ExportType type, std::string_view batch, const std::vector<Expected>& expected) {
  const std::string lines = EncodeOrFail(type, ExportFormat::kJsonLinesBlob, batch);
  const FileFrame frame = FrameOf(type, ExportFormat::kJsonBlob);
  const std::string array = frame.head + EncodeOrFail(type, ExportFormat::kJsonBlob, batch) + frame.tail;
  const auto csv = ParseCsv(FrameOf(type, ExportFormat::kCsvBlob).head +
                            EncodeOrFail(type, ExportFormat::kCsvBlob, batch));
  auto array_rows = FlattenArray(json::parse(array).as_array());
  ASSERT_EQ(array_rows.size(), expected.size());
  ASSERT_EQ(csv.size(), expected.size() + 1);
  std::string_view rest = lines;
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t end = rest.find('\n');
    EXPECT_EQ(TextsOf(json::parse(rest.substr(0, end)).as_object()), expected[i]);
    rest.remove_prefix(end + 1);

    Expected without_flat_columns = expected[i];
    without_flat_columns.erase("recordId");
    without_flat_columns.erase("receivedAt");
    EXPECT_EQ(array_rows[i], without_flat_columns);

    Expected from_csv;
    ASSERT_EQ(csv[i + 1].size(), csv[0].size());
    for (size_t c = 0; c < csv[0].size(); ++c)
      SetIf(!csv[i + 1][c].empty(), csv[0][c], csv[i + 1][c], from_csv);
    EXPECT_EQ(from_csv, expected[i]);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(Encoder, WhatIsWrittenReadsBackAsWhatWasCollected) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    for (const ExportType type : kRecordTypes) {
      RandomRecords random(seed);
      const BatchOwner owner{random.Text(30), random.Id(), random.Id()};
      std::vector<Record> records;
      std::vector<Expected> expected;
      for (uint32_t row = 0; row < 1 + random.Below(40); ++row) {
        records.push_back(random.Next(*RecordKindOf(type)));
        expected.push_back(Describe(type, owner, records.back(), row));
      }
      ExpectReadBack(type, MakeBatch(*RecordKindOf(type), owner, records), expected);
    }
  }
}

TEST(Encoder, AnElementIsOneLine) {
  Record record = MakeRecord(kAwkward);
  record.stack = kAwkward;
  for (const ExportType type : kRecordTypes) {
    const std::string batch = MakeBatch(*RecordKindOf(type), {std::string(kAwkward), {}, {}}, {record});
    EXPECT_EQ(EncodeOrFail(type, ExportFormat::kJsonBlob, batch).find_first_of("\r\n"), std::string::npos);
    const std::string line = EncodeOrFail(type, ExportFormat::kJsonLinesBlob, batch);
    EXPECT_EQ(line.find_first_of("\r\n"), line.size() - 1);
  }
}

TEST(Encoder, AFileOfSeveralBatchesIsValid) {
  const std::string batch = MakeBatch(RecordKind::kJob, {}, {MakeRecord("a"), MakeRecord("b")});
  for (const ExportFormat format : kFormats) {
    const FileFrame frame = FrameOf(ExportType::kJob, format);
    const std::string one = EncodeOrFail(ExportType::kJob, format, batch);
    std::string two = one;
    ASSERT_TRUE(EncodeRecords(ExportType::kJob, format, kSequence, batch, two).has_value());
    EXPECT_EQ(two, one + frame.separator + one);
    const std::string file = frame.head + two + frame.separator + two + frame.tail;
    if (format == ExportFormat::kJsonBlob) {
      EXPECT_EQ(json::parse(file).as_array().size(), 8u);
    }
    if (format == ExportFormat::kCsvBlob) {
      EXPECT_EQ(ParseCsv(file).size(), 9u);
    }
  }
}

// The text of the first row of `batch`, read out of it and encoded alone behind `before`.
std::string EncodeFirstRow(ExportType type, ExportFormat format, std::string_view batch, const RecordId& id,
                           std::string_view before) {
  auto reader = *RecordBatchReader::Open(batch);
  RecordRow row;
  EXPECT_TRUE(reader.Next(row));
  ByteBuffer out(before);
  const Encoded encoded = MakeRecordEncoder(type, format)->EncodeRow(id, reader.head(), row, out);
  EXPECT_EQ(encoded.rows, 1u);
  EXPECT_EQ(encoded.first, row.time);
  EXPECT_EQ(encoded.last, row.time);
  return std::string(out.view());
}

TEST(Encoder, ARowAloneIsWrittenAsInABatch) {
  for (const ExportType type : kRecordTypes) {
    RandomRecords random(5);
    const BatchOwner owner{std::string(kAwkward), kInfo, kLocation};
    const Record record = random.Next(*RecordKindOf(type));
    const std::string batch = MakeBatch(*RecordKindOf(type), owner, {record});
    for (const ExportFormat format : kFormats) {
      const std::string in_batch = EncodeOrFail(type, format, batch);
      const FileFrame frame = FrameOf(type, format);
      EXPECT_EQ(EncodeFirstRow(type, format, batch, {kSequence, 0}, ""), in_batch);
      EXPECT_EQ(EncodeFirstRow(type, format, batch, {kSequence, 0}, in_batch),
                in_batch + frame.separator + in_batch);
    }
    const std::string line =
        EncodeFirstRow(type, ExportFormat::kJsonLinesBlob, batch, {uint64_t{8} << 60, 0xab}, "");
    EXPECT_EQ(line.substr(0, 35), R"({"recordId":"o00000000000000000ab",)");
  }
}

TEST(Encoder, AFileWithoutDataIsValid) {
  EXPECT_EQ(FrameOf(ExportType::kEvent, ExportFormat::kJsonBlob), (FileFrame{"[\n", ",\n", "\n]\n"}));
  EXPECT_EQ(FrameOf(ExportType::kEvent, ExportFormat::kJsonLinesBlob), (FileFrame{"", "", ""}));
  EXPECT_EQ(FrameOf(ExportType::kTag, ExportFormat::kCsvBlob), (FileFrame{"deviceId,userId,tags\n", "", ""}));
}

TEST(Encoder, AnEmptyBatchAppendsNothing) {
  for (const ExportFormat format : kFormats) {
    std::string out = "before";
    const auto encoded =
        EncodeRecords(ExportType::kActivity, format, 1, MakeBatch(RecordKind::kActivity, {}, {}), out);
    ASSERT_TRUE(encoded.has_value());
    EXPECT_EQ(encoded->rows, 0u);
    EXPECT_FALSE(encoded->first.has_value());
    EXPECT_EQ(out, "before");
  }
}

TEST(Encoder, RowsAndTheSpanOfTimesAreCounted) {
  const auto minute = std::chrono::minutes(1);
  const std::string batch =
      MakeBatch(RecordKind::kEvent, {},
                {MakeRecord("a", kTime), MakeRecord("b", kTime - minute), MakeRecord("c", kTime + minute)});
  for (const ExportFormat format : kFormats) {
    std::string out;
    const auto encoded = EncodeRecords(ExportType::kEvent, format, 1, batch, out);
    ASSERT_TRUE(encoded.has_value());
    EXPECT_EQ(encoded->rows, 3u);
    EXPECT_EQ(encoded->first, kTime - minute);
    EXPECT_EQ(encoded->last, kTime + minute);
  }
}

TEST(Encoder, TimesOfOtherHoursAndDaysAreRight) {
  std::vector<Record> records;
  std::vector<Expected> expected;
  for (const int64_t millis : {0, 3'599'999, 3'600'000, 59'999, 86'399'999, 86'400'000, 1'456'790'399}) {
    records.push_back(MakeRecord("a", FromMillis(millis)));
    expected.push_back(
        Describe(ExportType::kEvent, {}, records.back(), static_cast<uint32_t>(records.size() - 1)));
  }
  ExpectReadBack(ExportType::kEvent, MakeBatch(RecordKind::kEvent, {}, records), expected);
}

TEST(Encoder, TextThatGrowsAsMuchAsPossibleFits) {
  Record record = MakeRecord(std::string(64, '"'));
  record.stack = std::string(300000, '"');
  record.extras = json::serialize(json::object{{"k", std::string(100000, '"')}});
  const BatchOwner owner{std::string(1024, '"'), kInfo, kLocation};
  const std::vector<Record> records(3, record);
  std::vector<Expected> expected;
  for (uint32_t row = 0; row < 3; ++row) expected.push_back(Describe(ExportType::kCrash, owner, record, row));
  ExpectReadBack(ExportType::kCrash, MakeBatch(RecordKind::kCrash, owner, records), expected);
}

TEST(Encoder, DamagedBatchesLeaveTheOutputAsItWas) {
  const std::string batch =
      MakeBatch(RecordKind::kEvent, {"jane", kInfo, kLocation}, {MakeRecord("a"), MakeRecord("b")});
  for (const ExportFormat format : kFormats) {
    for (size_t size = 0; size < batch.size(); ++size) {
      std::string out = "before";
      const auto encoded =
          EncodeRecords(ExportType::kEvent, format, 1, std::string_view(batch).substr(0, size), out);
      ASSERT_FALSE(encoded.has_value()) << size;
      EXPECT_EQ(encoded.error().code, ErrorCode::kDataLoss);
      EXPECT_EQ(out, "before");
    }
  }
}

TEST(Encoder, ABatchOfAnotherKindIsRefused) {
  std::string out = "before";
  const std::string batch = MakeBatch(RecordKind::kEvent, {}, {MakeRecord("a")});
  const auto encoded = EncodeRecords(ExportType::kError, ExportFormat::kJsonBlob, 9, batch, out);
  ASSERT_FALSE(encoded.has_value());
  EXPECT_EQ(encoded.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(out, "before");
}

}  // namespace
}  // namespace rawhaul
