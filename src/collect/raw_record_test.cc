#include "collect/raw_record.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/edges_testing.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

using ::testing::HasSubstr;

constexpr char kA[] = "0000000000000000000000000000000a";
constexpr char kB[] = "0000000000000000000000000000000b";

std::string Repeat(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

CollectedBatch ParseRecords(std::string_view records, const CollectLimits& limits = {}) {
  auto batch = BatchParser(limits).Parse(fmt::format(R"({{"records":[{}],"deviceId":"d"}})", records));
  EXPECT_TRUE(batch) << batch.error().message << " in " << records;
  return batch ? *std::move(batch) : CollectedBatch{};
}

Record ParseOne(std::string_view record) {
  auto batch = ParseRecords(record);
  EXPECT_TRUE(batch.rejected.empty()) << batch.rejected.at(0).error.message << " in " << record;
  return batch.records.empty() ? Record{} : std::move(batch.records.front());
}

Timestamp At(std::string_view text) { return ParseTimestamp(text).value(); }

std::string Event(std::string_view extras) {
  return fmt::format(R"({{"kind":"event","name":"n","timestamp":"2016-04-26T09:30:00Z","extras":{}}})",
                     extras);
}

// The end of a record with so many answers.
std::string Answers(size_t count) {
  std::string answers;
  for (size_t i = 0; i < count; ++i) answers += fmt::format(R"({}"{}":1)", i == 0 ? "" : ",", i);
  return fmt::format("{{{}}}}}", answers);
}

TEST(Records, Activity) {
  const Record record = ParseOne(
      R"({"kind":"activity","sessionId":"00000000-0000-0000-0000-00000000000A","name":"Home",)"
      R"("timestamp":"2016-04-26T09:30:00.518Z","durationMs":1234,"extras":{},"jobId":"no guid","stack":7})");
  EXPECT_EQ(record.kind, RecordKind::kActivity);
  EXPECT_EQ(record.name, "Home");
  EXPECT_EQ(record.time, At("2016-04-26T09:30:00.518Z"));
  EXPECT_EQ(record.session_id.ToHex(), kA);
  EXPECT_TRUE(record.job_id.IsZero()) << "an activity has no job";
  EXPECT_EQ(record.duration_ms, 1234);
  EXPECT_EQ(record.extras, "");
  EXPECT_EQ(record.start, std::nullopt);
}

TEST(Records, EventAndError) {
  for (const auto& [name, kind] :
       {std::pair("event", RecordKind::kEvent), std::pair("error", RecordKind::kError)}) {
    const Record record = ParseOne(fmt::format(
        R"({{"extras":{{"id":7}},"jobId":"{}","sessionId":"{}","timestamp":"2016-04-26T09:30:00Z","name":"n","kind":"{}"}})",
        kB, kA, name));
    EXPECT_EQ(record.kind, kind);
    EXPECT_EQ(record.name, "n");
    EXPECT_EQ(record.session_id.ToHex(), kA);
    EXPECT_EQ(record.job_id.ToHex(), kB);
    EXPECT_EQ(record.extras, R"({"id":7})");
    EXPECT_EQ(record.duration_ms, std::nullopt);
  }
}

TEST(Records, Crash) {
  const Record record = ParseOne(
      R"({"kind":"crash","crashId":"NullPointer","timestamp":"2016-04-26T09:30:00Z","stack":"at a\n\tat b","name":9})");
  EXPECT_EQ(record.kind, RecordKind::kCrash);
  EXPECT_EQ(record.name, "NullPointer");
  EXPECT_EQ(record.stack, "at a\n\tat b");
  EXPECT_TRUE(record.session_id.IsZero());
}

TEST(Records, JobAndSessionTimes) {
  const std::string start = "2016-04-26T09:30:00Z";
  const std::string end = "2016-04-26T09:31:00Z";
  for (const auto& head : {std::string(R"("kind":"job","name":"publish","jobId":")") + kA + '"',
                           std::string(R"("kind":"session","sessionId":")") + kA + '"'}) {
    const Record both = ParseOne(fmt::format(R"({{{},"start":"{}","end":"{}"}})", head, start, end));
    EXPECT_EQ(both.time, At(start));
    EXPECT_EQ(both.start, At(start));
    EXPECT_EQ(both.end, At(end));
    const Record started = ParseOne(fmt::format(R"({{{},"start":"{}"}})", head, start));
    EXPECT_EQ(started.time, At(start));
    EXPECT_EQ(started.end, std::nullopt);
    const Record ended = ParseOne(fmt::format(R"({{{},"end":"{}"}})", head, end));
    EXPECT_EQ(ended.time, At(end));
    EXPECT_EQ(ended.start, std::nullopt);
    EXPECT_EQ((ended.kind == RecordKind::kJob ? ended.job_id : ended.session_id).ToHex(), kA);
    ParseOne(fmt::format(R"({{{},"start":"{}","end":"{}"}})", head, start, start));
  }
}

TEST(Records, Feedback) {
  const auto batch = ParseRecords(
      R"({"kind":"feedback","campaignType":"announcement","campaignId":12,"status":["Queued","ContentExited","Queued"],)"
      R"("timestamp":"2016-04-26T09:30:00Z"})");
  ASSERT_EQ(batch.feedback.size(), 1u);
  EXPECT_EQ(batch.accepted(), 1u);
  EXPECT_EQ(batch.feedback[0].type, CampaignType::kAnnouncement);
  EXPECT_EQ(batch.feedback[0].campaign_id, 12u);
  EXPECT_EQ(batch.feedback[0].flags, (1u << 0) | (1u << 10));
  EXPECT_EQ(batch.feedback[0].time, At("2016-04-26T09:30:00Z"));
}

TEST(Records, AnswersToAPoll) {
  const auto batch = ParseRecords(
      R"({"kind":"feedback","answers":{"4":5,"1":"2","0":9007199254740993},"campaignType":"Poll","campaignId":12,)"
      R"("status":["ContentActioned"],"timestamp":"2016-04-26T09:30:00Z"})"
      R"(,{"kind":"feedback","answers":null,"campaignType":"DataPush","campaignId":1,"status":["Queued"],)"
      R"("timestamp":"2016-04-26T09:30:00Z"})");
  ASSERT_EQ(batch.feedback.size(), 2u);
  const Timestamp time = At("2016-04-26T09:30:00Z");
  EXPECT_THAT(batch.feedback[0].answers,
              ::testing::ElementsAre(PollAnswer{4, 5, time}, PollAnswer{1, 2, time},
                                     PollAnswer{0, 9007199254740993, time}));
  EXPECT_TRUE(batch.feedback[1].answers.empty());
}

TEST(Records, NameLimitCountsCharacters) {
  const auto name = [](size_t count) {
    return fmt::format(R"({{"kind":"event","name":"{}","timestamp":"2016-04-26T09:30:00Z"}})",
                       Repeat("😀", count));
  };
  EXPECT_EQ(ParseRecords(name(64)).accepted(), 1u);
  EXPECT_EQ(ParseRecords(name(65)).accepted(), 0u);
}

TEST(Records, GoodOnesAreKeptBesideBadOnes) {
  const auto batch = ParseRecords("1," + Event("{}") + R"(,{"kind":"x"},)" + Event("{}") + ",null");
  EXPECT_EQ(batch.accepted(), 2u);
  ASSERT_EQ(batch.rejected.size(), 3u);
  EXPECT_EQ(batch.rejected[0].index, 0u);
  EXPECT_EQ(batch.rejected[1].index, 2u);
  EXPECT_EQ(batch.rejected[2].index, 4u);
}

struct Refusal {
  std::string record;
  std::string reason;
  std::string message;  // a part of it
};

void ExpectRejected(const Refusal& refusal, ErrorCode code = ErrorCode::kInvalidArgument,
                    const CollectLimits& limits = {}) {
  const auto batch = ParseRecords(refusal.record, limits);
  EXPECT_EQ(batch.accepted(), 0u) << refusal.record;
  ASSERT_EQ(batch.rejected.size(), 1u) << refusal.record;
  EXPECT_EQ(batch.rejected[0].error.code, code) << refusal.record;
  EXPECT_EQ(batch.rejected[0].error.reason, refusal.reason) << refusal.record;
  EXPECT_THAT(batch.rejected[0].error.message, HasSubstr(refusal.message)) << refusal.record;
}

TEST(Records, WrongOnesAreRejected) {
  const std::string time = R"("timestamp":"2016-04-26T09:30:00Z")";
  const std::string event = R"({"kind":"event","name":"n",)" + time;
  const std::string job = R"({"kind":"job","jobId":"0000000000000000000000000000000a","name":"n")";
  const std::string session = R"({"kind":"session","sessionId":"0000000000000000000000000000000a")";
  const std::string feedback = R"({"kind":"feedback",)" + time;
  const std::string poll =
      feedback + R"(,"campaignType":"Poll","campaignId":1,"status":["Queued"],"answers":)";
  const Refusal refusals[] = {
      {"1", "InvalidRecord", "a record must be an object"},
      {"[]", "InvalidRecord", "a record must be an object"},
      {"{}", "MissingField", "\"kind\" is missing"},
      {R"({"kind":"Event"})", "UnknownKind", "\"kind\" must be one of activity, event"},
      {R"({"kind":3})", "UnknownKind", "kind"},
      {R"({"kind":"activity",)" + time + "}", "MissingField", "\"name\" is missing"},
      {R"({"kind":"event","name":null,)" + time + "}", "MissingField", "\"name\" is missing"},
      {R"({"kind":"error","name":"",)" + time + "}", "InvalidName",
       "\"name\" must be a string of 1 to 64 characters"},
      {R"({"kind":"event","name":5,)" + time + "}", "InvalidName", "\"name\" must be a string"},
      {R"({"kind":"event","name":"n"})", "MissingField", "\"timestamp\" is missing"},
      {R"({"kind":"event","name":"n","timestamp":"2016-04-26"})", "InvalidTimestamp",
       "\"timestamp\" must be an RFC 3339"},
      {R"({"kind":"event","name":"n","timestamp":1461663000518})", "InvalidTimestamp", "timestamp"},
      {R"({"kind":"event","name":"n","timestamp":"1969-12-31T23:59:59Z"})", "InvalidTimestamp",
       "1970 to 9999"},
      {event + R"(,"sessionId":"x"})", "InvalidGuid", "\"sessionId\" must be a GUID"},
      {event + R"(,"sessionId":12})", "InvalidGuid", "\"sessionId\" must be a GUID"},
      {event + R"(,"jobId":""})", "InvalidGuid", "\"jobId\" must be a GUID"},
      {R"({"kind":"activity","name":"n","durationMs":-1,)" + time + "}", "InvalidDuration",
       "\"durationMs\" must be an"},
      {R"({"kind":"activity","name":"n","durationMs":1.5,)" + time + "}", "InvalidDuration",
       "integer of at least 0"},
      {R"({"kind":"activity","name":"n","durationMs":"1",)" + time + "}", "InvalidDuration", "durationMs"},
      {R"({"kind":"crash","name":"n",)" + time + "}", "MissingField", "\"crashId\" is missing"},
      {R"({"kind":"crash","crashId":"",)" + time + "}", "InvalidName", "\"crashId\" must be"},
      {R"({"kind":"crash","crashId":"c"})", "MissingField", "\"timestamp\" is missing"},
      {R"({"kind":"crash","crashId":"c","stack":[],)" + time + "}", "InvalidStack",
       "\"stack\" must be a string"},
      {R"({"kind":"job","name":"n","start":"2016-04-26T09:30:00Z"})", "MissingField", "\"jobId\" is missing"},
      {R"({"kind":"job","jobId":"x","name":"n"})", "InvalidGuid", "\"jobId\" must be a GUID"},
      {R"({"kind":"job","jobId":"0000000000000000000000000000000a"})", "MissingField", "\"name\" is missing"},
      {R"({"kind":"job","jobId":"00000000000000000000000000000000","name":"n"})", "InvalidGuid", "all zeros"},
      {job + "}", "MissingField", "\"start\" or \"end\" is missing"},
      {job + R"(,"start":"x"})", "InvalidTimestamp", "\"start\" must be"},
      {job + R"(,"end":0})", "InvalidTimestamp", "\"end\" must be"},
      {job + R"(,"start":"2016-04-26T09:30:01Z","end":"2016-04-26T09:30:00Z"})", "InvalidTimestamp",
       "\"end\" must not be before \"start\""},
      {R"({"kind":"session","start":"2016-04-26T09:30:00Z"})", "MissingField", "\"sessionId\" is missing"},
      {R"({"kind":"session","sessionId":"00000000000000000000000000000000"})", "InvalidGuid", "all zeros"},
      {session + "}", "MissingField", "\"start\" or \"end\" is missing"},
      {session + R"(,"start":null,"end":"soon"})", "InvalidTimestamp", "\"end\" must be"},
      {feedback + R"(,"campaignId":1,"status":["Queued"]})", "MissingField", "\"campaignType\" is missing"},
      {feedback + R"(,"campaignType":"Mail","campaignId":1,"status":["Queued"]})", "InvalidFeedback",
       "\"campaignType\" must be one of Announcement"},
      {feedback + R"(,"campaignType":"Poll","status":["Queued"]})", "MissingField",
       "\"campaignId\" is missing"},
      {feedback + R"(,"campaignType":"Poll","campaignId":-1,"status":["Queued"]})", "InvalidFeedback",
       "campaignId"},
      {feedback + R"(,"campaignType":"Poll","campaignId":"1","status":["Queued"]})", "InvalidFeedback",
       "campaignId"},
      {feedback + R"(,"campaignType":"Poll","campaignId":1})", "MissingField", "\"status\" is missing"},
      {feedback + R"(,"campaignType":"Poll","campaignId":1,"status":[]})", "InvalidFeedback",
       "at least one flag"},
      {feedback + R"(,"campaignType":"Poll","campaignId":1,"status":"Queued"})", "InvalidFeedback",
       "an array"},
      {feedback + R"(,"campaignType":"Poll","campaignId":1,"status":["Queued","None"]})", "InvalidFeedback",
       "\"status\" must hold only Queued, Dropped"},
      {feedback + R"(,"campaignType":"Poll","campaignId":1,"status":[1]})", "InvalidFeedback", "status"},
      {R"({"kind":"feedback","campaignType":"Poll","campaignId":1,"status":["Queued"]})", "MissingField",
       "timestamp"},
      {feedback + R"(,"campaignType":"DataPush","campaignId":1,"status":["Queued"],"answers":{"1":2}})",
       "InvalidFeedback", "\"answers\" must be of a Poll only"},
      {poll + R"([1]})", "InvalidFeedback", "\"answers\" must be an object of at most 100"},
      {poll + R"({"1":-2}})", "InvalidFeedback", "ids of questions, each with the id of a choice"},
      {poll + R"({"x":2}})", "InvalidFeedback", "ids of questions, each with the id of a choice"},
      {poll + R"({"1":2.5}})", "InvalidFeedback", "ids of questions, each with the id of a choice"},
      {poll + R"({"1":{}}})", "InvalidFeedback", "ids of questions, each with the id of a choice"},
      {poll + Answers(101), "InvalidFeedback", "\"answers\" must be an object of at most 100"},
      {Event("[]"), "InvalidExtras", "\"extras\" must be an object"},
      {Event("\"x\""), "InvalidExtras", "\"extras\" must be an object"},
      {Event(R"({"a":{}})"), "InvalidExtras", "\"extras.a\" must be a string, number, boolean or null"},
      {Event(R"({"a":[1]})"), "InvalidExtras", "\"extras.a\" must be a string"},
      {Event(R"({"":1})"), "InvalidExtras", "the key \"\" of \"extras\""},
      {Event(R"({"1a":1})"), "InvalidExtras", "start with a letter"},
      {Event(R"({"_a":1})"), "InvalidExtras", "start with a letter"},
      {Event(R"({"a-b":1})"), "InvalidExtras", "the key \"a-b\""},
      {Event(R"({"é":1})"), "InvalidExtras", "the key \"é\""},
      {Event("{\"" + Repeat("k", 65) + "\":1}"), "InvalidExtras", "1 to 64"},
      {Event(R"({"a":1,"b":2,"a":3})"), "InvalidExtras", "\"extras.a\" is there twice"},
  };
  for (const auto& refusal : refusals) ExpectRejected(refusal);
}

TEST(Records, FirstProblemOfExtrasIsTold) {
  ExpectRejected({Event(R"({"a":{},"1":1,"a":1})"), "InvalidExtras", "extras.a"});
}

TEST(Records, LaterFieldCounts) {
  const Record record = ParseOne(
      R"({"kind":"crash","name":"a","kind":"event","name":"b","timestamp":"x","timestamp":"2016-04-26T09:30:00Z",)"
      R"("extras":{"a":[]},"extras":{"b":1}})");
  EXPECT_EQ(record.kind, RecordKind::kEvent);
  EXPECT_EQ(record.name, "b");
  EXPECT_EQ(record.extras, R"({"b":1})");
}

TEST(Records, StackIsLimited) {
  CollectLimits limits;
  limits.max_stack_bytes = 4;
  const auto crash = [](std::string_view stack) {
    return fmt::format(R"({{"kind":"crash","crashId":"c","timestamp":"2016-04-26T09:30:00Z","stack":"{}"}})",
                       stack);
  };
  EXPECT_EQ(ParseRecords(crash("éé"), limits).accepted(), 1u);
  ExpectRejected({crash("ééx"), "StackTooLarge", "at most 4 bytes, not 5"}, ErrorCode::kTooLarge, limits);
}

TEST(Extras, AreKeptOnOneLineInOrderWithNumbersAsSent) {
  const Record record =
      ParseOne(Event("{ \"b\" : 1.50 ,\n \"a\":-0, \"c\":1E+400,\"d\":123456789012345678901234567890 ,"
                     "\"e\":true , \"f\":false,\"g\":null,\"h\":\"\"}"));
  EXPECT_EQ(record.extras, R"({"b":1.50,"a":-0,"c":1E+400,"d":123456789012345678901234567890,)"
                           R"("e":true,"f":false,"g":null,"h":""})");
}

TEST(Extras, StringsAreEscapedOnceMore) {
  const Record record = ParseOne(Event(R"({"a":"\u0041\"\\\/\b\f\n\r\t\u0000é\ud83d\ude00"})"));
  EXPECT_EQ(record.extras.find('\n'), std::string::npos);
  EXPECT_EQ(JsonUnescape(record.extras.substr(6, record.extras.size() - 8)), "A\"\\/\b\f\n\r\t\ufffdé😀");
}

TEST(Extras, AStoredFormIsReadAsItself) {
  const Record once = ParseOne(Event(R"({"a":"x\u0007y\"z","b":1e5,"c":null,"d":"\u00e9"})"));
  EXPECT_EQ(ParseOne(Event(once.extras)).extras, once.extras);
}

TEST(Extras, KeysAreLimited) {
  CollectLimits limits;
  limits.max_extras_keys = 2;
  EXPECT_EQ(ParseRecords(Event(R"({"a":1,"b":2})"), limits).accepted(), 1u);
  ExpectRejected({Event(R"({"a":1,"b":2,"c":3})"), "ExtrasTooLarge", "at most 2 keys"}, ErrorCode::kTooLarge,
                 limits);
  EXPECT_EQ(ParseRecords(Event("{\"" + Repeat("k", 64) + "\":1}")).accepted(), 1u);
}

TEST(Extras, EncodedBytesAreLimited) {
  CollectLimits limits;
  limits.max_extras_bytes = std::string_view(R"({"a":"\n"})").size();
  EXPECT_EQ(ParseRecords(Event(R"({"a"  :  "\n"})"), limits).accepted(), 1u);
  ExpectRejected({Event(R"({"a":"\n."})"), "ExtrasTooLarge", "at most 10 bytes as JSON, not 11"},
                 ErrorCode::kTooLarge, limits);
}

TEST(Records, OrderOfFieldsIsFree) {
  std::vector<std::string> fields{R"("kind":"event")",
                                  R"("name":"n")",
                                  R"("timestamp":"2016-04-26T09:30:00Z")",
                                  R"("sessionId":"0000000000000000000000000000000a")",
                                  R"("extras":{"a":1,"b":"x"})",
                                  R"("unknown":[{"kind":1}])"};
  std::sort(fields.begin(), fields.end());
  do {
    const Record record = ParseOne(fmt::format("{{{}}}", fmt::join(fields, ",")));
    ASSERT_EQ(record.kind, RecordKind::kEvent);
    ASSERT_EQ(record.name, "n");
    ASSERT_EQ(record.session_id.ToHex(), kA);
    ASSERT_EQ(record.extras, R"({"a":1,"b":"x"})");
  } while (std::next_permutation(fields.begin(), fields.end()));
}

TEST(RawRecord, TimesOfTheEdges) {
  for (const Edge& edge : ReadEdges("times")) {
    std::string time;
    AppendJsonEscaped(edge.text, time);
    const auto batch = ParseRecords(R"({"kind":"event","name":"n","timestamp":")" + time + "\"}");
    const auto stored =
        batch.records.empty() ? std::nullopt : std::optional(FormatTimestamp(batch.records[0].time));
    EXPECT_EQ(stored, edge.value) << edge.text << ": " << edge.why;
  }
}

TEST(RawRecord, NamesOfTheEdges) {
  for (const Edge& edge : ReadEdges("names")) {
    std::string name;
    AppendJsonEscaped(edge.text, name);
    const auto batch =
        ParseRecords(R"({"kind":"event","timestamp":"2016-04-26T09:30:00Z","name":")" + name + "\"}");
    const auto stored = batch.records.empty() ? std::nullopt : std::optional(batch.records[0].name);
    EXPECT_EQ(stored, edge.value) << edge.text << ": " << edge.why;
  }
}

}  // namespace
}  // namespace rawhaul
