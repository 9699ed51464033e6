#include "model/campaign_content.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "base/encoding.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto kAnnouncement = CampaignType::kAnnouncement;

std::string Refusal(std::string_view json, CampaignType kind = kAnnouncement) {
  const auto content = ParseCampaignContent(json, kind);
  if (content) return "taken";
  EXPECT_EQ(content.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(content.error().reason, "InvalidBody");
  return content.error().message;
}

// A campaign with this property beside its name.
std::string With(std::string_view property) { return fmt::format(R"({{"name":"n",{}}})", property); }

TEST(CampaignContentTest, WhatTheServerActsOnIsRead) {
  const auto content = ParseCampaignContent(
      R"({"name":"Été","pushMode":"One-Shot","deliveryTime":"session","deliveryActivities":["Home","Cart"],
          "audience":{"expression":"A"},"startTime":"2016-04-01T09:00:00Z","endTime":"2016-04-02 09:00Z",
          "timezone":"America/Los_Angeles"})",
      kAnnouncement);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->name, "Été");
  EXPECT_EQ(content->push_mode, PushMode::kOneShot);
  EXPECT_EQ(content->delivery_time, DeliveryTime::kSession);
  EXPECT_THAT(content->delivery_activities, ElementsAre("Home", "Cart"));
  EXPECT_EQ(content->audience, R"({"expression":"A"})");
  EXPECT_EQ(FormatTimestamp(*content->starts), "2016-04-01T16:00:00.000Z");
  EXPECT_EQ(FormatTimestamp(*content->ends), "2016-04-02T16:00:00.000Z");
}

TEST(CampaignContentTest, WhatIsNotSaidHasTheDefaultsOfTheApi) {
  const auto announcement = ParseCampaignContent(R"({"name":"n","audience":null})", kAnnouncement);
  ASSERT_TRUE(announcement);
  EXPECT_EQ(announcement->push_mode, PushMode::kRealTime);
  EXPECT_EQ(announcement->delivery_time, DeliveryTime::kAny);
  EXPECT_EQ(announcement->audience, "");
  EXPECT_FALSE(announcement->starts);
  EXPECT_FALSE(announcement->ends);
  EXPECT_EQ(ParseCampaignContent(R"({"name":"n"})", CampaignType::kNativePush)->push_mode,
            PushMode::kOneShot);
}

TEST(CampaignContentTest, WhatWasSentIsKeptButForWhatTheServerSets) {
  const auto content = ParseCampaignContent(
      R"({"id":9,"state":"finished","activatedDate":"x","finishedDate":"y","name":"n","mine":{"a":[1,null]},
          "title":"\u00e9","pushMode":"REAL-TIME"})",
      kAnnouncement);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->json, R"({"name":"n","mine":{"a":[1,null]},"title":"é","pushMode":"REAL-TIME"})");
}

TEST(CampaignContentTest, QuestionsAndChoicesAreNumberedThroughThePoll) {
  const auto content = ParseCampaignContent(
      R"({"name":"n","questions":[{"title":"q","id":77,"choices":[{"title":"a"},{"id":1}]},{"choices":[{}]},{}]})",
      CampaignType::kPoll);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->json,
            R"({"name":"n","questions":[{"title":"q","id":1,"choices":[{"title":"a","id":2},{"id":3}]},)"
            R"({"choices":[{"id":5}],"id":4},{"id":6}]})");
  ASSERT_EQ(content->questions.size(), 3u);
  EXPECT_THAT(content->questions[0].choices, ElementsAre(2, 3));
  EXPECT_EQ(content->questions[1].id, 4u);
  EXPECT_THAT(content->questions[1].choices, ElementsAre(5));
  EXPECT_TRUE(content->questions[2].choices.empty());
}

TEST(CampaignContentTest, WhatWasParsedIsLoadedAgain) {
  const auto parsed = ParseCampaignContent(
      R"({"name":"n","pushMode":"manual","deliveryActivities":["Home"],"audience":{"filters":[]},
          "questions":[{"choices":[{}]}]})",
      CampaignType::kPoll);
  ASSERT_TRUE(parsed);
  const auto loaded = LoadCampaignContent(parsed->json, CampaignType::kPoll);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->json, parsed->json);
  EXPECT_EQ(loaded->name, "n");
  EXPECT_EQ(loaded->push_mode, PushMode::kManual);
  EXPECT_EQ(loaded->audience, parsed->audience);
  EXPECT_THAT(loaded->delivery_activities, ElementsAre("Home"));
  EXPECT_THAT(loaded->questions.at(0).choices, ElementsAre(2));
  EXPECT_EQ(LoadCampaignContent("[", CampaignType::kPoll).error().code, ErrorCode::kDataLoss);
}

TEST(CampaignContentTest, NumbersCanBeReadAgain) {
  const auto content =
      ParseCampaignContent(With(R"("mine":[-0.0,0.0,5.0,-5e1,-1.5,12345678901234567890123])"), kAnnouncement);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->json, R"({"name":"n","mine":[0,0,5,-50,-1.5E0,1.2345678901234568E22]})");
  EXPECT_TRUE(LoadCampaignContent(content->json, kAnnouncement));
  EXPECT_THAT(Refusal(With(R"("mine":{"a":[1e400]})")), StartsWith("A number of the body is too large"));
}

TEST(CampaignContentTest, TextsHaveTheirLengthsInCharacters) {
  const std::pair<std::string_view, size_t> limits[]{
      {"name", 64},       {"title", 128},           {"body", 65535},        {"notificationTitle", 2000},
      {"category", 64},   {"actionButtonText", 64}, {"exitButtonText", 64}, {"notificationMessage", 4000},
      {"actionUrl", 2000}};
  for (const auto& [name, limit] : limits) {
    const auto with = [&](size_t count) {
      std::string text;
      for (size_t i = 0; i < count; ++i) text += "é";
      return name == "name" ? fmt::format(R"({{"name":"{}"}})", text)
                            : With(fmt::format(R"("{}":"{}")", name, text));
    };
    EXPECT_EQ(Refusal(with(limit)), "taken") << name;
    EXPECT_EQ(Refusal(with(limit + 1)),
              fmt::format("{} has {} characters; at most {} are allowed.", name, limit + 1, limit));
  }
}

TEST(CampaignContentTest, PartsAreCheckedWithTheirPlaceInTheMessage) {
  const std::string text(4001, 'x');
  EXPECT_THAT(Refusal(With(fmt::format(R"("localization":{{"fr":{{"title":"{}"}}}})", text))),
              StartsWith("localization.fr.title has 4001 characters"));
  EXPECT_THAT(Refusal(With(fmt::format(R"("notificationOptions":{{"bigText":"{}"}})", text))),
              StartsWith("notificationOptions.bigText has 4001 characters"));
  EXPECT_THAT(Refusal(With(fmt::format(R"("questions":[{{}},{{"choices":[{{"title":"{}"}}]}}])", text)),
                      CampaignType::kPoll),
              StartsWith("questions[1].choices[0].title has 4001 characters"));
  EXPECT_THAT(Refusal(With(R"("questions":[{"localization":{"fr":7}}])"), CampaignType::kPoll),
              HasSubstr("questions[0].localization.fr must be an object"));
}

TEST(CampaignContentTest, ImagesAreBase64OfLimitedSize) {
  const auto with = [](size_t bytes) {
    return With(fmt::format(R"("notificationImage":"{}")", Base64Encode(std::string(bytes, '\0'))));
  };
  EXPECT_EQ(Refusal(with(65535)), "taken");
  EXPECT_EQ(Refusal(with(65536)), "notificationImage has 65536 bytes; at most 65535 are allowed.");
  EXPECT_EQ(Refusal(With(R"("notificationImage":"a?")")), "notificationImage must be an image as base64.");
}

TEST(CampaignContentTest, PropertiesHaveTheirTypesAndWords) {
  const std::pair<std::string_view, std::string_view> wrong[]{
      {R"("title":5)", "title must be a string."},
      {R"("notificationIcon":"yes")", "notificationIcon must be true or false."},
      {R"("pushMode":"sometimes")", "pushMode must be one of: real-time, one-shot, manual."},
      {R"("deliveryTime":"night")", "deliveryTime must be one of: any, background, session."},
      {R"("notificationType":1)", "notificationType must be one of: system, popup."},
      {R"("type":"text/base64")", "type must be one of: text/plain, text/html, only_notif."},
      {R"("deliveryActivities":["Home",1])", "deliveryActivities must be an array of names of activities."},
      {R"("audience":"all")", "audience must be an object."},
      {R"("localization":[])", "localization must be an object."},
      {R"("timezone":"Mars/Olympus")",
       "timezone must be the id of a time zone, such as America/Los_Angeles."},
  };
  for (const auto& [property, message] : wrong) EXPECT_EQ(Refusal(With(property)), message);
}

TEST(CampaignContentTest, EachKindTakesItsOwnProperties) {
  EXPECT_EQ(Refusal(With(R"("questions":[])")), "questions are for polls.");
  EXPECT_EQ(Refusal(With(R"("payload":{})")), "payload is for native pushes.");
  EXPECT_EQ(Refusal(With(R"("type":"text/html")"), CampaignType::kPoll),
            "type is for announcements and data pushes.");
  EXPECT_EQ(Refusal(With(R"("type":"text/html")"), CampaignType::kDataPush),
            "type must be one of: text/plain, text/base64.");
  EXPECT_EQ(Refusal(With(R"("type":"text/base64","body":"a?")"), CampaignType::kDataPush),
            "body must be base64, as type says.");
  EXPECT_EQ(Refusal(With(R"("type":"text/base64","body":"aGk=")"), CampaignType::kDataPush), "taken");
  EXPECT_EQ(Refusal(With(R"("payload":{"alert":"hi"})"), CampaignType::kNativePush), "taken");
  EXPECT_THAT(
      Refusal(With(fmt::format(R"("payload":"{}")", std::string(4095, 'x'))), CampaignType::kNativePush),
      StartsWith("payload has 4097 bytes"));
}

TEST(CampaignContentTest, ANameIsNeeded) {
  EXPECT_EQ(Refusal("{}"), "name is missing.");
  EXPECT_EQ(Refusal(R"({"name":""})"), "name is empty.");
  EXPECT_EQ(Refusal(R"({"name":"a\u0001"})"), "name must not hold a control character.");
  EXPECT_EQ(Refusal(R"(["name"])"), "The body must be a JSON object, a campaign.");
  EXPECT_THAT(Refusal("{"), StartsWith("The body is not JSON: "));
}

TEST(CampaignContentTest, AnAudienceHasALimit) {
  const auto with = [](size_t bytes) {
    return With(fmt::format(R"("audience":{{"expression":"{}"}})", std::string(bytes, 'x')));
  };
  constexpr size_t kFrame = std::string_view(R"({"expression":""})").size();
  EXPECT_EQ(Refusal(with(65535 - kFrame)), "taken");
  EXPECT_EQ(Refusal(with(65536 - kFrame)), "audience has 65536 bytes as JSON; at most 65535 are allowed.");
}

TEST(CampaignContentTest, TheEndComesAfterTheStart) {
  EXPECT_EQ(Refusal(With(R"("startTime":"2016-04-01T09:00:00Z","endTime":"2016-04-01T09:00:00Z")")),
            "endTime must be after startTime.");
  EXPECT_EQ(Refusal(With(R"("endTime":"tomorrow")")),
            "endTime must be a time of the form yyyy-MM-ddTHH:mm:ssZ, such as 2016-04-26T09:30:00Z.");
}

TEST(CampaignContentTest, AManualCampaignHasNoStart) {
  const auto content =
      ParseCampaignContent(With(R"("pushMode":"manual","startTime":"2016-04-01T09:00:00Z")"), kAnnouncement);
  ASSERT_TRUE(content);
  EXPECT_FALSE(content->starts);
}

TEST(CampaignTimeTest, TimesAreReadLeniently) {
  const auto at = [](std::string_view text, std::string_view zone) {
    const auto time = ParseCampaignTime("startTime", text, zone);
    return time ? FormatTimestamp(*time) : time.error().message;
  };
  for (const std::string_view text :
       {"2011-11-21T15:23:00Z", "2011-11-21 15:23Z", "2011-11-21T15:23", "2011-11-21t15:23:00.000z"}) {
    EXPECT_EQ(at(text, ""), "2011-11-21T15:23:00.000Z") << text;
    EXPECT_EQ(at(text, "America/Los_Angeles"), "2011-11-21T23:23:00.000Z") << text;
  }
  for (const std::string_view text : {"2011-11-21T15:23:00+02:00", "2011-11-21 15:23+0200"}) {
    EXPECT_EQ(at(text, ""), "2011-11-21T13:23:00.000Z") << text;
    EXPECT_EQ(at(text, "America/Los_Angeles"), "2011-11-21T13:23:00.000Z") << text;
  }
  for (const std::string_view text :
       {"", "Z", "2011-11-21", "2011-11-31T15:23Z", "2011-11-21T15:23+2", "21.11.2011 15:23"})
    EXPECT_THAT(at(text, ""), StartsWith("startTime must be a time")) << text;
}

TEST(CampaignTimeTest, SummerTimeIsThatOfTheSystemsZones) {
  const auto at = [](std::string_view text, std::string_view zone) {
    return FormatTimestamp(ParseCampaignTime("startTime", text, zone).value());
  };
  EXPECT_EQ(at("2026-07-01T09:00:00Z", "America/Mexico_City"), "2026-07-01T15:00:00.000Z");
  EXPECT_EQ(at("2026-10-25T02:30:00Z", "Europe/Berlin"), "2026-10-25T00:30:00.000Z");
}

TEST(CampaignTimeTest, TheYear10000IsNoTimeInAnyZone) {
  for (const std::string_view zone : {"America/Los_Angeles", ""}) {
    const auto time =
        ParseCampaignTime("endTime", zone.empty() ? "9999-12-31T24:00:00Z" : "9999-12-31T23:00:00Z", zone);
    ASSERT_FALSE(time);
    EXPECT_THAT(time.error().message, StartsWith("endTime must"));
  }
  EXPECT_FALSE(ParseCampaignTime("startTime", "1970-01-01T00:00:00Z", "Europe/Berlin")) << "1969 in UTC";
}

}  // namespace
}  // namespace rawhaul
