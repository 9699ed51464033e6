#include "api/export_task_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr char kJsonType[] = "application/json; charset=utf-8";

// A good body for `selection`, with `changes` laid over it; null takes a field away.
std::string Body(Selection selection, const json::object& changes = {}) {
  json::object body{{"containerUrl", "https://h/c?sig=s"}, {"exportFormat", "csvblob"}};
  if (selection == Selection::kDays) {
    body["startDate"] = "2016-04-01";
    body["endDate"] = "2016-04-30";
  }
  if (selection == Selection::kFeedbackByDate) {
    body["campaignType"] = "poll";
    body["campaignWindowStart"] = "2016-03-30T23:00:00.000Z";
    body["campaignWindowEnd"] = "2016-03-31T23:00:00Z";
  }
  if (selection == Selection::kFeedbackByCampaign) {
    body["campaignType"] = "Announcement";
    body["campaignIds"] = {3, 5};
  }
  for (const auto& change : changes) body[change.key()] = change.value();
  return json::serialize(body);
}

Result<CreateBody> Parse(Selection selection, const json::object& changes = {}) {
  return ParseCreateBody(Body(selection, changes), kJsonType, ExportType::kEvent, selection);
}

TEST(CreateBody, DaysAndDefaults) {
  const auto body = Parse(Selection::kDays);
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->container_url.Reveal(), "https://h/c?sig=s");
  EXPECT_EQ(body->request.format, ExportFormat::kCsvBlob) << "enums are read in any case";
  EXPECT_EQ(body->request.compression, Compression::kNone);
  EXPECT_EQ(body->request.max_file_bytes, kDefaultMaxFileBytes);
  EXPECT_EQ(FormatDay(body->request.days->first), "2016-04-01");
  EXPECT_EQ(FormatDay(body->request.days->last), "2016-04-30");
  EXPECT_FALSE(body->request.description);
}

TEST(CreateBody, Options) {
  const auto body =
      Parse(Selection::kSnapshot, {{"description", "d"}, {"compression", "zstd"}, {"maxFileBytes", 4096}});
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->request.description, "d");
  EXPECT_EQ(body->request.compression, Compression::kZstd);
  EXPECT_EQ(body->request.max_file_bytes, 4096u);
  EXPECT_FALSE(body->request.days);
}

TEST(CreateBody, Feedback) {
  const auto by_date = Parse(Selection::kFeedbackByDate);
  ASSERT_TRUE(by_date) << by_date.error().message;
  EXPECT_EQ(by_date->request.feedback->type, CampaignType::kPoll);
  EXPECT_EQ(FormatTimestamp(*by_date->request.feedback->window_start), "2016-03-30T23:00:00.000Z");
  const auto by_campaign = Parse(Selection::kFeedbackByCampaign);
  ASSERT_TRUE(by_campaign) << by_campaign.error().message;
  EXPECT_EQ(by_campaign->request.feedback->campaign_ids, (std::vector<uint64_t>{3, 5}));
}

TEST(CreateBody, AFormIsReadToo) {
  const auto body =
      ParseCreateBody("containerUrl=https%3A%2F%2Fh%2Fc%3Fsig%3Ds&exportFormat=JsonBlob&description=a+b",
                      "application/x-www-form-urlencoded", ExportType::kToken, Selection::kSnapshot);
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->container_url.Reveal(), "https://h/c?sig=s");
  EXPECT_EQ(body->request.description, "a b");
}

TEST(CreateBody, JsonThatIsCalledAFormIsReadAsJson) {
  EXPECT_TRUE(ParseCreateBody(Body(Selection::kDays), "application/x-www-form-urlencoded", ExportType::kEvent,
                              Selection::kDays));
}

TEST(CreateBody, AMemberThatIsNotKnownIsNamed) {
  const auto refusal = [](Selection selection, std::string_view member) {
    const auto body = Parse(selection, {{member, "Gzip"}});
    return body ? "taken" : body.error().reason + " " + body.error().message;
  };
  EXPECT_EQ(refusal(Selection::kDays, "compresion"),
            "UnknownMember There is no member compresion; compression is probably meant.");
  EXPECT_EQ(
      refusal(Selection::kSnapshot, "startDate"),
      "UnknownMember There is no member startDate; there may be containerUrl, description, exportFormat, "
      "compression, maxFileBytes.")
      << "a snapshot has no days";
  EXPECT_TRUE(refusal(Selection::kFeedbackByDate, "campaignIds").starts_with("UnknownMember"));
  EXPECT_TRUE(refusal(Selection::kFeedbackByCampaign, "CampaignType").starts_with("UnknownMember"));
  const auto form =
      ParseCreateBody("containerUrl=x&exportFormat=JsonBlob&descripton=a",
                      "application/x-www-form-urlencoded", ExportType::kToken, Selection::kSnapshot);
  EXPECT_EQ(form.error().reason, "UnknownMember");
  EXPECT_EQ(ParseRenewBody(R"({"containerUrl":"x","description":"d"})", kJsonType).error().reason,
            "UnknownMember");
}

struct Refusal {
  Selection selection;
  json::object changes;
  std::string message;
};

TEST(CreateBody, RefusalsSayWhatWouldBeRight) {
  const std::string day = " must be a day, yyyy-MM-dd, of the years 1970 to 9999.";
  const std::string time = " must be an RFC 3339 time such as 2016-03-30T23:00:00Z.";
  const std::string ids = "campaignIds must be an array of at least one campaign id.";
  const std::string bytes = "maxFileBytes must be a whole number from 1024 to 1099511627776.";
  const Refusal refusals[] = {
      {Selection::kSnapshot, {{"containerUrl", nullptr}}, "containerUrl is missing."},
      {Selection::kSnapshot, {{"containerUrl", ""}}, "containerUrl is missing."},
      {Selection::kSnapshot, {{"containerUrl", 7}}, "containerUrl must be a string."},
      {Selection::kSnapshot, {{"exportFormat", nullptr}}, "exportFormat is missing."},
      {Selection::kSnapshot,
       {{"exportFormat", "Xml"}},
       "exportFormat must be JsonBlob, CsvBlob or JsonLinesBlob."},
      {Selection::kSnapshot, {{"compression", "Lzma"}}, "compression must be None, Gzip or Zstd."},
      {Selection::kSnapshot, {{"maxFileBytes", 1}}, bytes},
      {Selection::kSnapshot, {{"maxFileBytes", 1.5}}, bytes},
      {Selection::kSnapshot, {{"maxFileBytes", "1024"}}, bytes},
      {Selection::kSnapshot, {{"description", 1}}, "description must be a string."},
      {Selection::kDays, {{"startDate", nullptr}}, "startDate is missing."},
      {Selection::kDays, {{"startDate", "2016-02-30"}}, "startDate" + day},
      {Selection::kDays, {{"startDate", "1969-12-31"}}, "startDate" + day},
      {Selection::kDays, {{"endDate", "yesterday"}}, "endDate" + day},
      {Selection::kDays, {{"endDate", "2016-03-31"}}, "startDate must not be after endDate."},
      {Selection::kFeedbackByDate,
       {{"campaignType", "Banner"}},
       "campaignType must be Announcement, DataPush, NativePush or Poll."},
      {Selection::kFeedbackByDate, {{"campaignWindowStart", "2016-03-30"}}, "campaignWindowStart" + time},
      {Selection::kFeedbackByDate, {{"campaignWindowEnd", nullptr}}, "campaignWindowEnd is missing."},
      {Selection::kFeedbackByDate,
       {{"campaignWindowEnd", "2016-01-01T00:00:00Z"}},
       "campaignWindowStart must not be after campaignWindowEnd."},
      {Selection::kFeedbackByCampaign, {{"campaignIds", json::array{}}}, ids},
      {Selection::kFeedbackByCampaign, {{"campaignIds", 3}}, ids},
      {Selection::kFeedbackByCampaign,
       {{"campaignIds", {"3"}}},
       "campaignIds must be whole numbers, not negative."},
      {Selection::kFeedbackByCampaign,
       {{"campaignIds", {-3}}},
       "campaignIds must be whole numbers, not negative."},
  };
  for (const Refusal& refusal : refusals) {
    const auto body = Parse(refusal.selection, refusal.changes);
    ASSERT_FALSE(body) << refusal.message;
    EXPECT_EQ(body.error().message, refusal.message);
    EXPECT_EQ(body.error().reason, "InvalidBody");
  }
}

TEST(CreateBody, WhatIsNoJsonObjectIsRefused) {
  for (const char* text : {"", "{", "[]", "7", "{\"a\":1}x"}) {
    EXPECT_EQ(ParseCreateBody(text, kJsonType, ExportType::kTag, Selection::kSnapshot).error().code,
              ErrorCode::kInvalidArgument)
        << text;
  }
  EXPECT_FALSE(
      ParseCreateBody("a=%zz", "application/x-www-form-urlencoded", ExportType::kTag, Selection::kSnapshot));
}

TEST(TaskJson, AQueuedTaskHasWhatTheOldApiRequires) {
  ExportTask task;
  task.id = 17;
  task.request.type = ExportType::kTag;
  const json::object out = ToJson(task);
  EXPECT_EQ(out.at("id"), "17") << "ids are strings";
  EXPECT_EQ(out.at("state"), "Queued");
  EXPECT_EQ(out.at("dateCreated"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(out.at("exportType"), "Tag");
  for (const char* absent :
       {"description", "dateStarted", "dateCompleted", "errorDetails", "startDate", "manifest"}) {
    EXPECT_FALSE(out.contains(absent)) << absent;
  }
}

TEST(RenewBody, TakesAContainerUrlAndNothingElse) {
  const auto url = ParseRenewBody(R"({"containerUrl":"https://h/c?sig=t"})", kJsonType);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->Reveal(), "https://h/c?sig=t");
  for (const std::string_view body : {R"({})", R"({"containerUrl":7})", R"({"containerUrl":""})", R"([])",
                                      R"({"containerUrl":"https://h/c?sig=t","description":"x"})"}) {
    const auto refused = ParseRenewBody(body, kJsonType);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(TaskJson, ATaskThatWaitsSaysForWhatAndHowLong) {
  ExportTask task;
  task.state = TaskState::kStarted;
  EXPECT_FALSE(ToJson(task).at("progress").as_object().contains("waitingFor"));
  task.wait = TaskWait{WaitsFor::kCredential, *ParseTimestamp("2016-04-27T09:30:00Z")};
  task.error_details = "AuthenticationFailed: the storage answered 403";
  const json::object object = ToJson(task);
  EXPECT_EQ(object.at("state"), "Started");
  EXPECT_EQ(object.at("errorDetails"), "AuthenticationFailed: the storage answered 403");
  EXPECT_EQ(object.at("progress").at("waitingFor"), "Credential");
  EXPECT_EQ(object.at("progress").at("waitingUntil"), "2016-04-27T09:30:00.000Z");
  task.wait->what = WaitsFor::kStorage;
  EXPECT_EQ(ToJson(task).at("progress").at("waitingFor"), "Storage");
}

// Not as 0E0 and 5E1, which readers of integers refuse.
TEST(TaskJson, PercentIsWrittenAsAnInteger) {
  ExportTask task;
  for (const auto& [percent, text] : {std::pair(0.0, "0"), {33.9, "33"}, {50.0, "50"}, {100.0, "100"}}) {
    task.progress.percent = percent;
    EXPECT_EQ(json::serialize(ToJson(task).at("progress").at("percent")), text);
  }
}

TEST(TaskJson, AnEndedTaskSaysWhatCameOfIt) {
  ExportTask task;
  task.state = TaskState::kSucceeded;
  task.started = FromMillis(1000);
  task.completed = FromMillis(2000);
  task.request.description = "d";
  task.request.days = DayRange{*ParseDay("2016-04-01"), *ParseDay("2016-04-30")};
  task.progress = {5, 100, 100};
  task.files.push_back({"f.json", 5, 100, "ab", std::nullopt, std::nullopt});
  task.manifest = "f.manifest.json";
  const json::object out = ToJson(task);
  EXPECT_EQ(out.at("dateStarted"), "1970-01-01T00:00:01.000Z");
  EXPECT_EQ(out.at("dateCompleted"), "1970-01-01T00:00:02.000Z");
  EXPECT_EQ(out.at("endDate"), "2016-04-30");
  EXPECT_EQ(out.at("progress"), (json::value{{"rows", 5}, {"bytes", 100}, {"percent", 100}}));
  EXPECT_EQ(out.at("files"),
            (json::value(json::array{{{"name", "f.json"}, {"rows", 5}, {"bytes", 100}, {"sha256", "ab"}}})));
  EXPECT_EQ(out.at("manifest"), "f.manifest.json");
}

}  // namespace
}  // namespace rawhaul::api
