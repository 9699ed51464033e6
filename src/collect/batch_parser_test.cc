#include "collect/batch_parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;

constexpr char kGuid[] = "00112233445566778899aabbccddeeff";

std::string Repeat(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

// A batch with these members beside its deviceId.
std::string Batch(std::string_view members) {
  return fmt::format(R"({{"deviceId":"{}"{}{}}})", kGuid, members.empty() ? "" : ",", members);
}

Result<CollectedBatch> Parse(std::string_view json, const CollectLimits& limits = {}) {
  return BatchParser(limits).Parse(json);
}

TEST(BatchParser, EmptyBatchIsFine) {
  const auto batch = Parse(Batch(""));
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->device_id.ToHex(), kGuid);
  EXPECT_EQ(batch->external_id, std::nullopt);
  EXPECT_EQ(batch->batch_id, std::nullopt);
  EXPECT_EQ(batch->sent_at, std::nullopt);
  EXPECT_TRUE(batch->info.empty() && batch->location.empty() && batch->tags.empty());
  EXPECT_EQ(batch->token, std::nullopt);
  EXPECT_EQ(batch->native_push_enabled, std::nullopt);
  EXPECT_EQ(batch->accepted(), 0u);
  EXPECT_TRUE(batch->rejected.empty());
}

TEST(BatchParser, ReadsEverythingABatchSays) {
  const auto batch = Parse(R"({
    "batchId":"00000000-0000-0000-0000-00000000000A", "deviceId":"00112233-4455-6677-8899-AABBCCDDEEFF",
    "sentAt":"2016-04-26T11:30:00.518+02:00",
    "info":{"phoneModel":"Nexus 5","androidAPILevel":23,"timeZoneOffset":-120,"unknown":[1,{"a":null}],"locale":null},
    "location":{"countrycode":"nl","region":"Noord-Holland","locality":"Amsterdam"},
    "appInfo":{"plan":"gold","visits":12.50,"beta":true,"old":null},
    "pushToken":{"type":"fcm","token":"abc","extra":1},"nativePushEnabled":false,
    "records":[],"somethingNew":{"deep":[[[]]]}})");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->batch_id->ToHex(), "0000000000000000000000000000000a");
  EXPECT_EQ(batch->device_id.ToHex(), kGuid);
  EXPECT_EQ(FormatTimestamp(*batch->sent_at), "2016-04-26T09:30:00.518Z");
  EXPECT_THAT(batch->info, ElementsAre(Pair("androidAPILevel", "23"), Pair("phoneModel", "Nexus 5"),
                                       Pair("timeZoneOffset", "-120")));
  EXPECT_THAT(batch->location, ElementsAre(Pair("countrycode", "nl"), Pair("locality", "Amsterdam"),
                                           Pair("region", "Noord-Holland")));
  EXPECT_THAT(batch->tags,
              ElementsAre(Pair("plan", std::optional<std::string>("gold")),
                          Pair("visits", std::optional<std::string>("12.50")),
                          Pair("beta", std::optional<std::string>("true")), Pair("old", std::nullopt)));
  EXPECT_EQ(batch->token, std::optional(std::optional(PushToken{"fcm", "abc"})));
  EXPECT_EQ(batch->native_push_enabled, false);
}

TEST(BatchParser, EveryInfoFieldIsRead) {
  for (const FieldSpec& spec : kInfoFields) {
    const auto* value = spec.type == FieldType::kInteger ? "7" : "\"7\"";
    const auto batch = Parse(Batch(fmt::format(R"("info":{{"{}":{}}})", spec.name, value)));
    ASSERT_TRUE(batch) << spec.name;
    EXPECT_THAT(batch->info, ElementsAre(Pair(std::string(spec.name), "7")));
  }
}

TEST(BatchParser, NullMeansAbsent) {
  const auto batch = Parse(Batch(
      R"("batchId":null,"sentAt":null,"info":null,"location":null,"appInfo":null,"nativePushEnabled":null,"records":null)"));
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->batch_id, std::nullopt);
  EXPECT_EQ(batch->sent_at, std::nullopt);
  EXPECT_EQ(batch->native_push_enabled, std::nullopt);
  EXPECT_TRUE(batch->info.empty() && batch->location.empty() && batch->tags.empty() &&
              batch->records.empty());
}

TEST(BatchParser, NullPushTokenDeletes) {
  const auto batch = Parse(Batch(R"("pushToken":null)"));
  ASSERT_TRUE(batch);
  ASSERT_TRUE(batch->token);
  EXPECT_EQ(*batch->token, std::nullopt);
}

TEST(BatchParser, ForeignDeviceIdIsMappedAndKept) {
  const auto batch = Parse(R"({"deviceId":"user-\u00e9"})");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->external_id, "user-é");
  EXPECT_EQ(batch->device_id, NameBasedGuid("user-é"));
  EXPECT_TRUE(Parse(fmt::format(R"({{"deviceId":"{}"}})", Repeat("é", 256))));
}

TEST(BatchParser, LaterOfTwoFieldsCounts) {
  const auto batch = Parse(
      R"({"deviceId":"other","deviceId":"00112233445566778899aabbccddeeff","info":{"locale":"nl"},)"
      R"("info":{"carrierName":"a","carrierName":"b"},"appInfo":{"a":1},"appInfo":{"b":2},"records":[1,2],"records":[3]})");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->device_id.ToHex(), kGuid);
  EXPECT_EQ(batch->external_id, std::nullopt);
  EXPECT_THAT(batch->info, ElementsAre(Pair("carrierName", "b")));
  EXPECT_THAT(batch->tags, ElementsAre(Pair("b", std::optional<std::string>("2"))));
  EXPECT_EQ(batch->rejected.size(), 1u);
}

TEST(BatchParser, KeysMayBeEscaped) {
  const auto batch =
      Parse(R"({"device\u0049d":"00112233445566778899aabbccddeeff","appInfo":{"a\"b":"x\ny\u20ac"}})");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_THAT(batch->tags, ElementsAre(Pair("a\"b", std::optional<std::string>("x\ny€"))));
}

std::string ManyTags(size_t count) {
  std::string tags;
  for (size_t i = 0; i < count; ++i) tags += fmt::format(R"({}"t{}":1)", i == 0 ? "" : ",", count - i);
  return Batch(fmt::format(R"("appInfo":{{{}}})", tags));
}

TEST(BatchParser, ABatchNamesSoManyTags) {
  EXPECT_EQ(Parse(ManyTags(1000)).value().tags.size(), 1000u);
  const auto refused = Parse(ManyTags(1001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "TooManyTags");
  EXPECT_EQ(refused.error().message, "\"appInfo\" must name at most 1000 tags");
}

struct Refusal {
  std::string json;
  std::string reason;
  std::string message;  // a part of it
};

TEST(BatchParser, WrongFieldsRefuseTheBatch) {
  const Refusal refusals[] = {
      {"{}", "MissingField", "\"deviceId\" is missing"},
      {R"({"deviceId":null})", "MissingField", "\"deviceId\" is missing"},
      {R"({"deviceId":12})", "InvalidDeviceId",
       "\"deviceId\" must be a GUID or another string of 1 to 256 characters"},
      {R"({"deviceId":""})", "InvalidDeviceId", "deviceId"},
      {fmt::format(R"({{"deviceId":"{}"}})", Repeat("é", 257)), "InvalidDeviceId", "deviceId"},
      {Batch(R"("batchId":"x")"), "InvalidGuid", "\"batchId\" must be a GUID"},
      {Batch(R"("batchId":1)"), "InvalidGuid", "\"batchId\" must be a GUID"},
      {Batch(R"("sentAt":"yesterday")"), "InvalidTimestamp", "\"sentAt\" must be an RFC 3339 time"},
      {Batch(R"("sentAt":1461663000)"), "InvalidTimestamp", "sentAt"},
      {Batch(R"("sentAt":"2016-04-26T09:30:00")"), "InvalidTimestamp", "sentAt"},
      {Batch(R"("info":[])"), "InvalidType", "\"info\" must be an object"},
      {Batch(R"("info":{"androidAPILevel":"23"})"), "InvalidField",
       "\"info.androidAPILevel\" must be an integer"},
      {Batch(R"("info":{"applicationVersionCode":1.5})"), "InvalidField", "\"info.applicationVersionCode\""},
      {Batch(R"("info":{"timeZoneOffset":true})"), "InvalidField", "\"info.timeZoneOffset\""},
      {Batch(R"("info":{"phoneModel":5})"), "InvalidField",
       "\"info.phoneModel\" must be a string of at most 256"},
      {Batch(R"("info":{"phoneModel":{}})"), "InvalidField", "\"info.phoneModel\""},
      {Batch(fmt::format(R"("info":{{"locale":"{}"}})", Repeat("x", 257))), "InvalidField",
       "\"info.locale\""},
      {Batch(R"("location":"nl")"), "InvalidType", "\"location\" must be an object"},
      {Batch(R"("location":{"region":1})"), "InvalidField", "\"location.region\" must be a string"},
      {Batch(R"("appInfo":1)"), "InvalidType", "\"appInfo\" must be an object"},
      {Batch(R"("appInfo":{"":1})"), "InvalidTag", "the key \"\" of \"appInfo\""},
      {Batch(R"("appInfo":{"a\u0001":1})"), "InvalidTag", "no control characters"},
      {Batch(R"("appInfo":{"a\u007f":1})"), "InvalidTag", "no control characters"},
      {Batch(fmt::format(R"("appInfo":{{"{}":1}})", Repeat("é", 65))), "InvalidTag", "1 to 64 characters"},
      {Batch(R"("appInfo":{"a":[1]})"), "InvalidTag",
       "\"appInfo.a\" must be a string, number, boolean or null"},
      {Batch(R"("appInfo":{"a":{}})"), "InvalidTag", "\"appInfo.a\""},
      {Batch(fmt::format(R"("appInfo":{{"a":"{}"}})", Repeat("é", 1025))), "InvalidTag",
       "at most 1024 characters"},
      {Batch(R"("pushToken":"abc")"), "InvalidType", "\"pushToken\" must be an object"},
      {Batch(R"("pushToken":{})"), "MissingField", "\"pushToken.type\" is missing"},
      {Batch(R"("pushToken":{"type":"fcm"})"), "MissingField", "\"pushToken.token\" is missing"},
      {Batch(R"("pushToken":{"type":"","token":"x"})"), "InvalidPushToken", "\"pushToken.type\" must be"},
      {Batch(R"("pushToken":{"type":"fcm","token":""})"), "InvalidPushToken", "\"pushToken.token\" must be"},
      {Batch(R"("pushToken":{"type":"fcm","token":null})"), "InvalidPushToken",
       "\"pushToken.token\" must be"},
      {Batch(fmt::format(R"("pushToken":{{"type":"{}","token":"x"}})", Repeat("t", 65))), "InvalidPushToken",
       "64"},
      {Batch(fmt::format(R"("pushToken":{{"type":"t","token":"{}"}})", Repeat("t", 4097))),
       "InvalidPushToken", "4096"},
      {Batch(R"("nativePushEnabled":1)"), "InvalidType", "\"nativePushEnabled\" must be a boolean"},
      {Batch(R"("records":{})"), "InvalidType", "\"records\" must be an array"},
      {"[]", "InvalidType", "a batch must be a JSON object"},
      {"\"x\"", "InvalidType", "a batch must be a JSON object"},
      {"12", "InvalidType", "a batch must be a JSON object"},
  };
  for (const auto& refusal : refusals) {
    const auto batch = Parse(refusal.json);
    ASSERT_FALSE(batch) << refusal.json;
    EXPECT_EQ(batch.error().code, ErrorCode::kInvalidArgument) << refusal.json;
    EXPECT_EQ(batch.error().reason, refusal.reason) << refusal.json;
    EXPECT_THAT(batch.error().message, HasSubstr(refusal.message)) << refusal.json;
  }
}

TEST(BatchParser, LimitsAreIncluded) {
  for (const auto& json : {
           Batch(fmt::format(R"("info":{{"locale":"{}"}})", Repeat("é", 256))),
           Batch(fmt::format(R"("appInfo":{{"{}":"{}"}})", Repeat("é", 64), Repeat("é", 1024))),
           Batch(fmt::format(R"("pushToken":{{"type":"{}","token":"{}"}})", Repeat("t", 64),
                             Repeat("é", 4096))),
       }) {
    EXPECT_TRUE(Parse(json)) << json;
  }
}

TEST(BatchParser, WhatIsNoJsonIsRefused) {
  const std::string bodies[] = {
      "",
      " ",
      "{",
      "}",
      R"({"deviceId")",
      R"({"deviceId":)",
      R"({"deviceId":"x)",
      R"({"deviceId":"x")",
      R"({"deviceId":"x"}})",
      R"({"deviceId":"x"} {"deviceId":"x"})",
      R"({"deviceId":"x"},)",
      R"({"deviceId":"x",})",
      R"({"deviceId" "x"})",
      R"({"deviceId":"x" "a":1})",
      R"({deviceId:"x"})",
      R"({"deviceId":"\x"})",
      R"({"deviceId":"\u12"})",
      "{\"deviceId\":\"a\nb\"}",
      "{\"deviceId\":\"\xff\"}",
      "{\"deviceId\":\"\xed\xb0\x80\"}",
      "{\"deviceId\":\"\xc0\x80\"}",
      Batch(R"("x":tru)"),
      Batch(R"("x":truex)"),
      Batch(R"("x":nul)"),
      Batch(R"("x":nulls)"),
      Batch(R"("x":01)"),
      Batch(R"("x":1.)"),
      Batch(R"("x":1a)"),
      Batch(R"("x":-)"),
      Batch("\"x\":1\x01"),
      Batch(R"("x":+1)"),
      Batch(R"("x":[1,])"),
      Batch(R"("x":[1 2])"),
      Batch(R"("x":[1})"),
      Batch(R"("x":{"a":1])"),
      Batch(R"("x":{"a"})"),
      Batch(R"("x":{1:2})"),
      Batch(R"("x":{,})"),
      Batch(R"("x":[)"),
      Batch(R"("x":{"y":1)"),
      Batch(R"("x")"),
      Batch(R"("x":)"),
      Batch(R"("records":[{"kind":"event"])"),
      Batch(R"("records":[{"kind":"event","extras":{"a":1.e}}])"),
      Batch(R"("records":[{"kind":"event","extras":{"a":[tru]}}])"),
      Batch(R"("records":[{"kind":"feedback","status":["Queued",]}])"),
      Batch(R"("records":[1,,2])"),
      Batch(R"("records":[{}{}])"),
  };
  for (const auto& body : bodies) {
    const auto batch = Parse(body);
    ASSERT_FALSE(batch) << body;
    EXPECT_EQ(batch.error().code, ErrorCode::kInvalidArgument) << body;
    EXPECT_EQ(batch.error().reason, "MalformedJson") << body << ": " << batch.error().message;
    EXPECT_FALSE(batch.error().message.empty());
  }
}

TEST(BatchParser, WhatNoTextMayHoldBecomesAReplacementCharacter) {
  const auto batch = Parse(R"({"deviceId":"d\u0000","appInfo":{"userid":"\u0000","k\u0000":"\ud800x"},)"
                           R"("pushToken":{"type":"f","token":"\udc00"},"info":{"phoneModel":"\u0000"},)"
                           R"("records":[{"kind":"crash","crashId":"\u0000","stack":"a\u0000b\\u0000",)"
                           R"("timestamp":"2016-04-26T09:30:00Z","extras":{"k":"\u0000\ud83d\ude00"}}]})");
  ASSERT_TRUE(batch) << batch.error().message;
  ASSERT_TRUE(batch->rejected.empty()) << batch->rejected[0].error.message;
  EXPECT_EQ(batch->external_id, "d\ufffd");
  EXPECT_EQ(batch->info.at("phoneModel"), "\ufffd");
  ASSERT_EQ(batch->records.size(), 1u);
  EXPECT_EQ(batch->records[0].name, "\ufffd");
  EXPECT_EQ(batch->records[0].stack, "a\ufffdb\\u0000");
  EXPECT_EQ(batch->records[0].extras, "{\"k\":\"\ufffd😀\"}");
  using Tag = std::pair<std::string, std::optional<std::string>>;
  EXPECT_THAT(batch->tags, testing::UnorderedElementsAre(Tag("userid", "\ufffd"), Tag("k\ufffd", "\ufffdx")));
  EXPECT_EQ(batch->token, std::optional(std::optional(PushToken{"f", "\ufffd"})));
}

TEST(BatchParser, MalformedJsonIsLocated) {
  const auto batch = Parse("{\n  \"deviceId\": \"x\",\n  \"a\": [1 2]\n}");
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().message, "line 3 column 11: a comma or ] must stand here, not 2");
}

TEST(BatchParser, WhatIsNoJsonIsNamed) {
  const std::string utf16("{\0\"\0", 4);
  const std::vector<std::pair<std::string, std::string>> faults{
      {Batch(R"("x":NaN)"), "NaN is none of the words of JSON"},
      {"\x1e" + Batch(""), "column 1: a value must stand here, not the control character U+001E"},
      {"{'deviceId':'x'}", "column 2: a name in double quotes must stand here, not a single quote"},
      {Batch(R"("x":[1,])"), "nothing stands behind the comma before this ]"},
      {Batch("") + "\xef\xbb\xbf", "a byte order mark (U+FEFF) follows the end of the JSON"},
      {utf16, "column 1: the text is UTF-16 or UTF-32; JSON is sent as UTF-8"},
      {"", "column 1: there is no JSON"},
  };
  for (const auto& [body, fault] : faults) {
    const auto batch = Parse(body);
    ASSERT_FALSE(batch) << body;
    EXPECT_EQ(batch.error().reason, "MalformedJson");
    EXPECT_THAT(batch.error().message, HasSubstr(fault)) << body;
  }
}

TEST(BatchParser, AByteOrderMarkInFrontIsPassedOver) {
  const auto batch = Parse("\xef\xbb\xbf" + Batch(R"("appInfo":{"a":"b"})"));
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->tags.size(), 1u);
}

TEST(BatchParser, HalfASurrogatePairIsReadAsNoCharacter) {
  const auto batch =
      Parse(R"({"deviceId":"x","appInfo":{"a":"\ud800A","\udc00":"\ud83d\ude00","c":"\\ud800"}})");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_THAT(batch->tags, ElementsAre(Pair("a", Optional(std::string("\ufffdA"))),
                                       Pair("\ufffd", Optional(std::string("😀"))),
                                       Pair("c", Optional(std::string("\\ud800")))));
}

TEST(BatchParser, NumbersAndTextsOfTheEdges) {
  for (const Edge& edge : ReadEdges("numbers")) {
    EXPECT_EQ(Parse(Batch("\"appInfo\":{\"n\":" + edge.text + "}")).has_value(), edge.value.has_value())
        << edge.text << ": " << edge.why;
  }
  for (const Edge& edge : ReadEdges("texts")) {
    EXPECT_TRUE(Parse(Batch("\"appInfo\":{\"t\":" + edge.text + "}"))) << edge.text << ": " << edge.why;
  }
}

TEST(BatchParser, DepthIsLimited) {
  // The batch is level 1, the field's value level 2.
  const auto nested = [](size_t levels) {
    return Batch("\"x\":" + Repeat("[", levels) + Repeat("]", levels));
  };
  EXPECT_TRUE(Parse(nested(30)));
  for (const auto& body :
       {nested(31), nested(100000), Batch("\"x\":" + Repeat("{\"a\":", 40) + "1" + Repeat("}", 40)),
        Batch("\"records\":[{\"extras\":{\"a\":" + Repeat("[", 1000) + Repeat("]", 1000) + "}}]")}) {
    const auto batch = Parse(body);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().reason, "MalformedJson");
    EXPECT_THAT(batch.error().message, HasSubstr("nested deeper than 32 levels"));
  }
}

TEST(BatchParser, BytesAreLimited) {
  CollectLimits limits;
  limits.max_batch_bytes = Batch("").size();
  EXPECT_TRUE(Parse(Batch(""), limits));
  const auto batch = Parse(Batch("") + " ", limits);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(batch.error().reason, "BatchTooLarge");
  EXPECT_THAT(batch.error().message, HasSubstr(std::to_string(limits.max_batch_bytes)));
}

TEST(BatchParser, RecordsAreLimited) {
  CollectLimits limits;
  limits.max_records = 2;
  const auto fitting = Parse(Batch(R"("records":[1,2])"), limits);
  ASSERT_TRUE(fitting);
  EXPECT_EQ(fitting->rejected.size(), 2u);
  const auto batch = Parse(Batch(R"("records":[1,2,3])"), limits);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(batch.error().reason, "TooManyRecords");
  EXPECT_THAT(batch.error().message, HasSubstr("at most 2 records"));
}

TEST(BatchParser, ParserServesOneBatchAfterTheOther) {
  BatchParser parser{CollectLimits{}};
  ASSERT_TRUE(parser.Parse(Batch(R"("appInfo":{"a":1},"records":[1])")));
  ASSERT_FALSE(parser.Parse(Batch(R"("appInfo":{"b":1},"records":[2,)")));
  const std::string large = Batch(fmt::format(R"("x":"{}")", Repeat("x", 100000)));
  ASSERT_TRUE(parser.Parse(large));
  ASSERT_FALSE(parser.Parse("{}")) << "the device of the batch before is forgotten";
  const auto batch = parser.Parse(Batch(""));
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->tags.empty() && batch->rejected.empty());
}

constexpr char kSample[] =
    R"({"deviceId":"00112233445566778899aabbccddeeff","sentAt":"2016-04-26T09:30:00Z","info":{"locale":"nl"},)"
    R"("appInfo":{"a":1,"b":null,"c":"\u00e9"},"pushToken":{"type":"t","token":"x"},"records":[)"
    R"({"kind":"event","name":"n","timestamp":"2016-04-26T09:30:00Z","extras":{"a":1,"b":[],"c":"\n"}},)"
    R"({"kind":"feedback","campaignType":"Poll","campaignId":1,"status":["Queued"],"timestamp":"2016-04-26T09:30:00Z"}]})";

TEST(BatchParser, EveryPrefixIsRefused) {
  const std::string_view sample = kSample;
  ASSERT_TRUE(Parse(sample));
  BatchParser parser{CollectLimits{}};
  for (size_t size = 0; size < sample.size(); ++size)
    EXPECT_FALSE(parser.Parse(sample.substr(0, size))) << size;
}

TEST(BatchParser, DamagedBytesNeverBreakIt) {
  std::mt19937 random(1);
  BatchParser parser{CollectLimits{}};
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = kSample;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = "{}[]\",:\\0n\xc3\n"[random() % 12];
    const auto batch = parser.Parse(damaged);
    EXPECT_TRUE(batch || !batch.error().reason.empty());
  }
}

}  // namespace
}  // namespace rawhaul
