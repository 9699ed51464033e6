#include "collect/segment_collector.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <string>
#include <vector>

#include "collect/segment_fixture_testing.h"

namespace rawhaul {
namespace {

TEST_F(SegmentTest, ATrackIsAnEvent) {
  Take({R"("type":"track","event":"Video Played","timestamp":"2016-04-26T09:30:00.518Z",)"
        R"("properties":{"id":7,"ratio":1.50,"title":"a \"b\"","live":true,"none":null})"});
  const auto event = Only();
  EXPECT_EQ(event.kind, RecordKind::kEvent);
  EXPECT_EQ(event.name, "Video Played");
  EXPECT_EQ(event.time, "2016-04-26T09:30:00.518Z");
  EXPECT_EQ(event.extras, R"({"id":7,"ratio":1.50,"title":"a \"b\"","live":true,"none":null})");
  EXPECT_EQ(DeviceNamed("a").external_id, "a");
}

TEST_F(SegmentTest, PropertiesThatExtrasCannotHaveAreRenamedOrTextAndNeverLoseTheEvent) {
  const std::string big(70000, 'x');
  Take({Track("e", kNow,
              R"("a b":1,"a.b":2,"$ref":3,"1st":4,"":5,"é":6,"nested":{"list":[1, 2.0,{"x":null}]},"big":")" +
                  big + R"(","last":7)")});
  EXPECT_EQ(Only().extras, R"({"a_b":1,"a_b_2":2,"p__ref":3,"p_1st":4,"p_":5,"p__":6,)"
                           R"("nested":"{\"list\":[1,2.0,{\"x\":null}]}","last":7})");
}

TEST_F(SegmentTest, ALongNameIsCutAndStandsWholeInTheExtras) {
  const std::string name = fmt::format("{}é{}", std::string(63, 'n'), "tail");
  Take({Track(name, kNow)});
  EXPECT_EQ(Only().name, std::string(63, 'n') + "é");
  EXPECT_EQ(Only().extras, fmt::format(R"({{"full_name":"{}"}})", name));
}

TEST_F(SegmentTest, HalfOfASurrogatePairDoesNotLoseTheBatch) {
  Take({Track("cut \\ud83d", kNow, R"("whole":"\ud83d\ude00","half":"\ude00x","not":"\\ud83d")")});
  EXPECT_EQ(Only().name, "cut \xef\xbf\xbd");
  EXPECT_EQ(Only().extras,
            "{\"whole\":\"\xf0\x9f\x98\x80\",\"half\":\"\xef\xbf\xbdx\",\"not\":\"\\\\ud83d\"}");
}

TEST_F(SegmentTest, ScreensAndPagesAreActivities) {
  Take(
      {R"("type":"screen","name":"Home","category":"Main","timestamp":"2016-04-26T09:00:00Z","properties":{"x":1})",
       R"("type":"page","category":"Docs","timestamp":"2016-04-26T09:01:00Z")",
       R"("type":"page","timestamp":"2016-04-26T09:02:00Z","properties":{"path":"/a"})",
       R"("type":"screen","timestamp":"2016-04-26T09:03:00Z")"});
  std::vector<std::string> names;
  for (const auto& record : Records()) {
    EXPECT_EQ(record.kind, RecordKind::kActivity);
    names.push_back(record.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"Home", "Docs", "/a", "(unnamed)"}));
  EXPECT_EQ(Records()[0].extras, R"({"x":1,"category":"Main"})");
}

TEST_F(SegmentTest, ErrorsAreKnownByTheirNameOrTheirMark) {
  Take({Track("Error", "2016-04-26T09:00:00Z", R"("name":"Timeout","code":5)"),
        Track("Upload", "2016-04-26T09:00:01Z", R"("error":true,"message":"disk full")"),
        Track("Upload", "2016-04-26T09:00:02Z", R"("error":true)"),
        Track("Upload", "2016-04-26T09:00:03Z", R"("error":"true")")});
  const auto records = Records();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].kind, RecordKind::kError);
  EXPECT_EQ(records[0].name, "Timeout");
  EXPECT_EQ(records[0].extras, R"({"name":"Timeout","code":5})");
  EXPECT_EQ(records[1].name, "disk full");
  EXPECT_EQ(records[2].name, "Upload");
  EXPECT_EQ(records[2].kind, RecordKind::kError);
  EXPECT_EQ(records[3].kind, RecordKind::kEvent) << "only the boolean is the mark";
}

TEST_F(SegmentTest, ApplicationCrashedIsACrash) {
  Take({Track("Application Crashed", "2016-04-26T09:00:00Z", R"("crashId":"c1","stack":"at f\nat g","x":1)"),
        Track("Application Crashed", "2016-04-26T09:00:01Z", R"("stack":"at f")"),
        Track("Application Crashed", "2016-04-26T09:00:02Z", R"("stack":"at f")")});
  const auto records = Records();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].kind, RecordKind::kCrash);
  EXPECT_EQ(records[0].name, "c1");
  EXPECT_EQ(records[0].stack, R"(at f\nat g)");
  EXPECT_EQ(records[0].extras, R"({"x":1})");
  EXPECT_EQ(records[1].name, NameBasedGuid("at f").ToHex());
  EXPECT_EQ(records[1].name, records[2].name);
}

TEST_F(SegmentTest, IdentifySetsTagsAndTheUser) {
  Take(
      {R"("type":"identify","userId":"anna","anonymousId":"a","traits":)"
       R"({"plan":"gold","visits":12,"beta":true,"old":null,"address":{"city":"Delft"},"userid":"not her"})"});
  const auto device = DeviceNamed("a");
  EXPECT_EQ(device.tags, (std::map<std::string, std::string>{{"plan", "gold"},
                                                             {"visits", "12"},
                                                             {"beta", "true"},
                                                             {"address", R"({"city":"Delft"})"},
                                                             {"userid", "anna"}}));
  Take({R"("type":"identify","anonymousId":"a","traits":{"plan":null})"});
  EXPECT_EQ(DeviceNamed("a").tags.count("plan"), 0u);
  EXPECT_EQ(DeviceNamed("a").user_id(), "anna") << "a message without a user does not change it";
}

TEST_F(SegmentTest, TagsAreCutToWhatTheyMayHave) {
  Take({fmt::format(R"("type":"identify","anonymousId":"a","traits":{{"{}":"{}","list":["{}"],"":"x"}})",
                    std::string(70, 'k'), std::string(2000, 'v'), std::string(2000, 'v'))});
  EXPECT_EQ(DeviceNamed("a").tags,
            (std::map<std::string, std::string>{{std::string(64, 'k'), std::string(1024, 'v')}}));
}

TEST_F(SegmentTest, AGroupSetsTagsOfItsName) {
  Take({R"("type":"group","groupId":"g1","anonymousId":"a","traits":{"name":"Acme","size":3})"});
  EXPECT_EQ(DeviceNamed("a").tags, (std::map<std::string, std::string>{
                                       {"groupid", "g1"}, {"group.name", "Acme"}, {"group.size", "3"}}));
}

TEST_F(SegmentTest, AnAliasRebindsAllDevicesOfTheUserAlsoThoseOfItsOwnRequest) {
  Take({R"("type":"identify","userId":"old","anonymousId":"a")",
        R"("type":"identify","userId":"other","anonymousId":"c")"});
  Take({R"("type":"alias","previousId":"old","userId":"new")",
        R"("type":"identify","userId":"old","anonymousId":"b")"});
  EXPECT_EQ(DeviceNamed("a").user_id(), "new");
  EXPECT_EQ(DeviceNamed("b").user_id(), "new");
  EXPECT_EQ(DeviceNamed("c").user_id(), "other");
  Take({R"("type":"alias","previousId":"c","userId":"late")"});
  EXPECT_EQ(DeviceNamed("c").user_id(), "late") << "an anonymous id is its device";
}

// Many short messages or members take far more memory than the body is long.
TEST_F(SegmentTest, ABodyOfTooManyMessagesOrMembersIsRefusedAsAWhole) {
  const auto body = [](size_t messages, size_t traits) {
    std::string text = R"({"batch":[)";
    for (size_t i = 0; i < messages; ++i) {
      text += (i == 0 ? "" : ",") + std::string(R"({"type":"identify","userId":"u","traits":{)");
      for (size_t k = 0; k < traits; ++k) text += (k == 0 ? "\"" : ",\"") + std::to_string(k) + "\":1";
      text += "}}";
    }
    return text + "]}";
  };
  EXPECT_EQ(Send(body(segment::kMaxMessages + 1, 0)).error().reason, "TooManyMessages");
  // Each message has two members beside its traits.
  const auto refused = Send(body(400, segment::kMaxMembers / 400 - 1));
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(refused.error().reason, "TooManyMembers");
  const auto taken = Send(body(400, segment::kMaxMembers / 400 - 2));
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->accepted, 400u);
}

TEST_F(SegmentTest, AnAliasOfAUserWithTooManyDevicesIsRefusedByItself) {
  AddDevices("guest", kMaxDevicesOfUser + 1);
  AddDevices("old", 1);
  const auto outcome = Send(R"({"batch":[{"type":"alias","previousId":"guest","userId":"new"},
                                         {"type":"alias","previousId":"old","userId":"new"}]})");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 1u);
  ASSERT_EQ(outcome->rejected.size(), 1u);
  EXPECT_EQ(outcome->rejected.listed().at(0).reason, kTooManyDevices);
  EXPECT_EQ(stores_.devices().FindByUser(kApp, "new")->size(), 1u);
}

TEST_F(SegmentTest, OfManyMessagesThatAreRefusedTheFirstAreListedAndAllAreCounted) {
  std::string messages = R"({"type":"track","event":"e","anonymousId":"a"})";
  for (int i = 1; i < 300; ++i) messages += i % 2 == 0 ? ",{}" : ",1";
  const auto outcome = Send(fmt::format(R"({{"batch":[{}]}})", messages));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 1u);
  EXPECT_EQ(outcome->rejected.size(), 299u);
  const auto& listed = outcome->rejected.listed();
  ASSERT_EQ(listed.size(), 100u);
  EXPECT_EQ(listed.begin()->first, 1u);
  EXPECT_EQ(listed.rbegin()->first, 100u);
  EXPECT_EQ(collector_.counters().rejected, 299u);
}

TEST_F(SegmentTest, ARequestRebindsSoManyDevicesAndTheRestWhenItComesAgain) {
  std::string aliases;
  for (int user = 0; user < 13; ++user) {
    AddDevices(fmt::format("old {}", user), 900);
    aliases += fmt::format(R"({}{{"type":"alias","messageId":"{}","previousId":"old {}","userId":"new {}"}})",
                           user == 0 ? "" : ",", user, user, user);
  }
  const std::string json = fmt::format(R"({{"batch":[{}]}})", aliases);
  const auto refused = Send(json);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(stores_.ingest().stored().size(), 12u * 900);
  const auto outcome = Send(json);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->accepted, 13u);
  EXPECT_EQ(stores_.ingest().stored().size(), 13u * 900);
}

TEST_F(SegmentTest, TheDeviceIsThatOfTheContextElseTheAnonymousElseTheUsers) {
  Take({R"("type":"track","event":"1","userId":"u","anonymousId":"a","context":{"device":{"id":"d"}})",
        R"("type":"track","event":"2","userId":"u","anonymousId":"a")",
        R"("type":"track","event":"3","userId":"a")",
        R"("type":"track","event":"4","anonymousId":"00112233-4455-6677-8899-AABBCCDDEEFF")"});
  const auto stored = stores_.ingest().stored();
  ASSERT_EQ(stored.size(), 4u);
  EXPECT_EQ(stored[0].device_id, NameBasedGuid("d"));
  EXPECT_EQ(stored[1].device_id, NameBasedGuid("a"));
  EXPECT_NE(stored[2].device_id, NameBasedGuid("a")) << "a user is no device, though it has the same name";
  EXPECT_EQ(stored[3].device_id, ParseGuid("00112233445566778899aabbccddeeff"));
}

TEST_F(SegmentTest, TheContextIsTechnicalsLocationAndToken) {
  Take({R"("type":"track","event":"e","anonymousId":"a","timestamp":"2016-04-20T12:00:00Z","context":{
    "device":{"model":"Pixel","manufacturer":"Google","type":"android","token":"t0k"},
    "os":{"name":"Android","version":"6.0","apiLevel":23},"app":{"version":"1.2","build":"17"},
    "network":{"carrier":"KPN","wifi":true,"cellular":true},"locale":"nl-NL","timezone":"Europe/Amsterdam",
    "library":{"name":"x","version":"3.1.0"},"location":{"country":"Netherlands","region":"ZH","city":"Delft"},
    "ip":"1.2.3.4","screen":{"width":{"deep":1}}})"});
  const auto device = DeviceNamed("a");
  EXPECT_EQ(device.info, (FieldValues{{"androidAPILevel", "23"},
                                      {"applicationVersionCode", "17"},
                                      {"applicationVersionName", "1.2"},
                                      {"carrierName", "KPN"},
                                      {"firmwareName", "Android"},
                                      {"firmwareVersion", "6.0"},
                                      {"locale", "nl-NL"},
                                      {"networkType", "wifi"},
                                      {"phoneManufacturer", "Google"},
                                      {"phoneModel", "Pixel"},
                                      {"serviceVersion", "3.1.0"},
                                      {"timeZoneOffset", "120"}}));
  EXPECT_EQ(device.location, (FieldValues{{"countrycode", "nl"}, {"locality", "Delft"}, {"region", "ZH"}}));
  EXPECT_EQ(device.token, (PushToken{"fcm", "t0k"}));
  EXPECT_EQ(device.native_push_enabled, true);
  EXPECT_EQ(device.last_info, ParseTimestamp("2016-04-20T12:00:00Z"));
  EXPECT_EQ(Only().info, device.info_id());
}

TEST_F(SegmentTest, ContextThatCannotBeUnderstoodIsPassedOver) {
  Take({R"("type":"track","event":"e","anonymousId":"a","context":{"device":"x","os":{"apiLevel":"six"},
    "app":{"build":1.5},"timezone":"Mars/Olympus","location":{"country":"Atlantis"},"locale":7,"network":null})"});
  EXPECT_EQ(DeviceNamed("a").info, (FieldValues{{"locale", "7"}}));
  EXPECT_TRUE(DeviceNamed("a").location.empty());
}

TEST_F(SegmentTest, AnOldContextDoesNotOverwriteANewerOne) {
  const auto identify = [](std::string_view time, std::string_view plan) {
    return fmt::format(
        R"("type":"identify","anonymousId":"a","userId":"{1}","timestamp":"{0}","traits":{{"plan":"{1}"}},)"
        R"("context":{{"app":{{"version":"{1}"}}}})",
        time, plan);
  };
  Take({identify("2016-04-20T00:00:00Z", "new")});
  Take({identify("2016-04-19T00:00:00Z", "old")});
  EXPECT_EQ(DeviceNamed("a").tags.at("plan"), "new");
  EXPECT_EQ(DeviceNamed("a").info.at("applicationVersionName"), "new");
  EXPECT_EQ(DeviceNamed("a").user_id(), "new");
}

TEST_F(SegmentTest, TheClientsClockIsSetRight) {
  ASSERT_TRUE(Send(R"({"sentAt":"2016-04-26T11:00:00Z",
    "batch":[{"type":"track","event":"e","anonymousId":"a","timestamp":"2016-04-26T10:00:00Z"}]})"));
  EXPECT_EQ(Only().time, "2016-04-26T11:00:00.000Z");
}

TEST_F(SegmentTest, TheWayOfARequestIsNoWrongClock) {
  ASSERT_TRUE(Send(R"({"sentAt":"2016-04-26T11:59:01Z",
    "batch":[{"type":"track","event":"e","anonymousId":"a","timestamp":"2016-04-26T10:00:00.123Z"}]})"));
  EXPECT_EQ(Only().time, "2016-04-26T10:00:00.123Z");
}

TEST_F(SegmentTest, TimesWithoutAnOffsetAreUtcAndMissingOnesAreNow) {
  Take({R"("type":"track","event":"1","timestamp":"2016-04-20T10:00:00")",
        R"("type":"track","event":"2","timestamp":"2016-04-21")", R"("type":"track","event":"3")"});
  ASSERT_EQ(Records().size(), 3u);
  EXPECT_EQ(Records()[0].time, "2016-04-20T10:00:00.000Z");
  EXPECT_EQ(Records()[1].time, "2016-04-21T00:00:00.000Z");
  EXPECT_EQ(Records()[2].time, "2016-04-26T12:00:00.000Z");
}

TEST_F(SegmentTest, BadMessagesAreToldAndTheGoodOnesKept) {
  const auto outcome = Send(R"({"batch":[7,{"type":"track","event":"good","anonymousId":"a"},{"type":"track"},
    {"type":"track","anonymousId":"a"},{"type":"dance","anonymousId":"a"},{"anonymousId":"a"},
    {"type":"track","event":"e"},{"type":"alias","userId":"u"},
    {"type":"group","anonymousId":"a"},{"type":"screen","name":"good","userId":8}]})");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 2u);
  std::vector<std::string> rejected;
  for (const auto& [index, error] : outcome->rejected.listed())
    rejected.push_back(fmt::format("{} {}", index, error.reason));
  EXPECT_EQ(rejected, (std::vector<std::string>{"0 InvalidMessage", "2 MissingField", "3 MissingField",
                                                "4 UnknownType", "5 MissingField", "6 MissingField",
                                                "7 MissingField", "8 MissingField"}));
  EXPECT_EQ(Records().size(), 2u);
  EXPECT_EQ(collector_.counters().rejected, 8u);
  EXPECT_EQ(collector_.counters().accepted, 2u);
}

TEST_F(SegmentTest, WhatADeviceCannotHaveIsRefusedByItself) {
  stores_.ingest().FailWith(Error{ErrorCode::kInvalidArgument, "too many", "TooManyTags"});
  const auto outcome =
      Send(R"({"batch":[{"type":"track"},{"type":"identify","anonymousId":"a","traits":{"b":"c"}},7]})");
  ASSERT_TRUE(outcome) << "it is not tried again";
  EXPECT_EQ(outcome->accepted, 0u);
  std::vector<std::string> rejected;
  for (const auto& [index, error] : outcome->rejected.listed())
    rejected.push_back(fmt::format("{} {}", index, error.reason));
  EXPECT_EQ(rejected, (std::vector<std::string>{"0 MissingField", "1 TooManyTags", "2 InvalidMessage"}));
}

TEST_F(SegmentTest, OnlyABodyThatIsNoBatchIsRefusedWhole) {
  for (const auto& [body, reason] :
       std::vector<std::pair<std::string, std::string>>{{"", "MalformedJson"},
                                                        {"{\"batch\":[{]}", "MalformedJson"},
                                                        {"[]", "InvalidType"},
                                                        {"{}", "MissingField"},
                                                        {R"({"batch":{}})", "InvalidType"},
                                                        {R"({"batch":[]} x)", "MalformedJson"}}) {
    const auto outcome = Send(body);
    ASSERT_FALSE(outcome) << body;
    EXPECT_EQ(outcome.error().reason, reason) << body;
  }
  EXPECT_TRUE(Send(R"({"batch":[]})"));
}

TEST_F(SegmentTest, ASingleCallHasTheTypeOfItsPath) {
  ASSERT_TRUE(Send(R"({"event":"e","anonymousId":"a","type":"page"})", "track"));
  EXPECT_EQ(Only().kind, RecordKind::kEvent);
}

TEST_F(SegmentTest, AMessageIsStoredOnceHoweverItIsRegrouped) {
  const auto message = [](int i) {
    return fmt::format(R"("type":"track","event":"{0}","anonymousId":"a","messageId":"m{0}")", i);
  };
  Take({message(1), message(2)});
  Take({message(2), message(3)});
  Take({message(3), message(3), message(1)});
  std::vector<std::string> names;
  for (const auto& record : Records()) names.push_back(record.name);
  EXPECT_EQ(names, (std::vector<std::string>{"1", "2", "3"}));
  Take({Track("again", kNow), Track("again", kNow)});
  EXPECT_EQ(Records().size(), 5u) << "without a messageId nobody knows";
}

TEST_F(SegmentTest, ActivitiesLessThanHalfAnHourApartAreOneSession) {
  Take({Screen("1", "2016-04-26T09:00:00Z"), Screen("2", "2016-04-26T09:30:00Z"),
        Track("in", "2016-04-26T09:40:00Z"), Screen("3", "2016-04-26T10:00:01Z"),
        Track("none", "2016-04-26T11:30:00Z")});
  const auto records = Records();
  ASSERT_EQ(records.size(), 5u);
  EXPECT_FALSE(records[0].session.IsZero());
  EXPECT_EQ(records[1].session, records[0].session);
  EXPECT_EQ(records[2].session, records[0].session);
  EXPECT_NE(records[3].session, records[0].session);
  EXPECT_FALSE(records[3].session.IsZero());
  EXPECT_TRUE(records[4].session.IsZero()) << "an event begins no session";
  for (const auto& record : records) EXPECT_NE(record.kind, RecordKind::kSession);
}

TEST_F(SegmentTest, WhatComesBeforeTheFirstActivityOfItsRequestIsInTheSameSession) {
  Take({Track("listed before", "2016-04-26T09:00:00Z"), Track("before", "2016-04-26T08:45:00Z"),
        Screen("1", "2016-04-26T09:00:00Z"), Track("too early", "2016-04-26T08:29:59Z")});
  std::map<std::string, Guid> sessions;
  for (const auto& record : Records()) sessions[record.name] = record.session;
  EXPECT_FALSE(sessions["1"].IsZero());
  EXPECT_EQ(sessions["listed before"], sessions["1"]);
  EXPECT_EQ(sessions["before"], sessions["1"]);
  EXPECT_TRUE(sessions["too early"].IsZero());
}

TEST_F(SegmentTest, OpenedAndBackgroundedAreASessionRecord) {
  Take({Track("Application Opened", "2016-04-26T09:00:00Z"), Screen("1", "2016-04-26T09:00:01Z"),
        Screen("2", "2016-04-26T10:00:00Z"), Track("Application Backgrounded", "2016-04-26T10:05:00Z"),
        Track("Application Opened", "2016-04-26T10:06:00Z"), Screen("3", "2016-04-26T10:06:01Z")});
  const auto records = Records();
  ASSERT_EQ(records.size(), 4u);
  const Stored& session = records[2];
  EXPECT_EQ(session.kind, RecordKind::kSession);
  EXPECT_EQ(session.start, "2016-04-26T09:00:00.000Z");
  EXPECT_EQ(session.end, "2016-04-26T10:05:00.000Z");
  EXPECT_EQ(records[0].session, session.session);
  EXPECT_EQ(records[1].session, session.session) << "an open session has no gap";
  EXPECT_NE(records[3].session, session.session);
}

TEST_F(SegmentTest, AJobIsOneRecordAlsoOverRequestsAndARestart) {
  Take({Track("Job Started", "2016-04-26T09:00:00Z", R"("job":"sync","jobId":"1","from":"a")")});
  EXPECT_TRUE(Records().empty());
  collector_.Stop();
  Collector next(stores_, clock_, {.limits = {}, .max_queued_bytes = 1 << 20});
  SegmentCollector after(next, stores_.devices(), clock_, {.limits = {}, .patience = std::chrono::hours(1)});
  const auto body = after.Parse({}, fmt::format(R"({{"batch":[{{{},"anonymousId":"a"}}]}})",
                                                Track("Job Finished", "2016-04-26T09:05:00Z",
                                                      R"("job":"sync","jobId":"1","files":3)")));
  std::promise<bool> done;
  after.Collect(kApp, {}, *body, RunNow,
                [&](const Result<SegmentOutcome>& outcome) { done.set_value(outcome.has_value()); });
  ASSERT_TRUE(Await(done));
  const auto job = Only();
  EXPECT_EQ(job.kind, RecordKind::kJob);
  EXPECT_EQ(job.name, "sync");
  EXPECT_EQ(job.start, "2016-04-26T09:00:00.000Z");
  EXPECT_EQ(job.end, "2016-04-26T09:05:00.000Z");
  EXPECT_EQ(job.extras, R"({"files":3})");
  EXPECT_FALSE(job.job.IsZero());
}

TEST_F(SegmentTest, TheEndOfAJobWaitsForItsBeginningInAnotherRequest) {
  SegmentCollector patient(collector_, stores_.devices(), clock_,
                           {.limits = {}, .patience = std::chrono::hours(1)});
  const auto body =
      patient.Parse({}, fmt::format(R"({{"batch":[{{{},"anonymousId":"a"}}]}})",
                                    Track("Job Finished", "2016-04-26T09:05:00Z", R"("job":"sync")")));
  std::promise<bool> done;
  patient.Collect(kApp, {}, *body, RunNow,
                  [&](const Result<SegmentOutcome>& outcome) { done.set_value(outcome.has_value()); });
  EXPECT_TRUE(Records().empty());
  const auto beginning =
      patient.Parse({}, fmt::format(R"({{"batch":[{{{},"anonymousId":"a"}}]}})",
                                    Track("Job Started", "2016-04-26T09:00:00Z", R"("job":"sync")")));
  patient.Collect(kApp, {}, *beginning, RunNow, [](const Result<SegmentOutcome>&) {});
  ASSERT_TRUE(Await(done));
  EXPECT_EQ(Only().start, "2016-04-26T09:00:00.000Z");
  EXPECT_EQ(Only().end, "2016-04-26T09:05:00.000Z");
}

TEST_F(SegmentTest, AnEndWithoutABeginningIsAJobOfNoLengthAndStopLetsItGo) {
  SegmentCollector patient(collector_, stores_.devices(), clock_,
                           {.limits = {}, .patience = std::chrono::hours(1)});
  const auto body =
      patient.Parse({}, fmt::format(R"({{"batch":[{{{},"anonymousId":"a"}}]}})",
                                    Track("Job Finished", "2016-04-26T09:05:00Z", R"("job":"sync")")));
  std::promise<bool> done;
  patient.Collect(kApp, {}, *body, RunNow,
                  [&](const Result<SegmentOutcome>& outcome) { done.set_value(outcome.has_value()); });
  patient.Stop();
  ASSERT_TRUE(Await(done));
  EXPECT_EQ(Only().start, Only().end);
  EXPECT_EQ(Only().end, "2016-04-26T09:05:00.000Z");
}

TEST_F(SegmentTest, JobEventsWithoutAJobAreEvents) {
  Take({Track("Job Started", kNow), Track("Job Finished", kNow, R"("jobId":"1")")});
  for (const auto& record : Records()) EXPECT_EQ(record.kind, RecordKind::kEvent);
  EXPECT_EQ(Records().size(), 2u);
}

TEST_F(SegmentTest, WhatIsTransientFailsTheRequestAndTheNextTryStoresTheRestOnce) {
  const char* body = R"({"batch":[{"type":"track","event":"1","anonymousId":"a","messageId":"1"},
                                  {"type":"track","event":"2","anonymousId":"b","messageId":"2"},{"type":"bad"}]})";
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "full", "DiskFull"});
  EXPECT_EQ(Send(body).error().reason, "DiskFull");
  stores_.ingest().FailWith(std::nullopt);
  stores_.devices().FailWith(Error{ErrorCode::kUnavailable, "down", "Down"});
  EXPECT_EQ(Send(body).error().reason, "Down");
  stores_.devices().FailWith(std::nullopt);
  EXPECT_EQ(Send(body)->accepted, 2u);
  EXPECT_EQ(Send(body)->accepted, 2u);
  EXPECT_EQ(Records().size(), 2u);
}

}  // namespace
}  // namespace rawhaul
