#include "client/task_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace rawhaul::client {
namespace {

namespace json = boost::json;

constexpr std::string_view kSucceeded = R"({
  "id":"17","description":"April","state":"Succeeded","dateCreated":"2016-05-01T10:00:00.000Z",
  "dateStarted":"2016-05-01T10:00:01.000Z","dateCompleted":"2016-05-01T10:00:02.000Z","exportType":"Event",
  "startDate":"2016-04-01","endDate":"2016-04-30","exportFormat":"CsvBlob","compression":"Gzip","more":[1],
  "progress":{"rows":5000,"bytes":812345,"percent":100},
  "files":[{"name":"Event.csv.gz","rows":5000,"bytes":812345,"sha256":"ab"}],"manifest":"Event.manifest.json"})";

TEST(TaskJsonTest, ATaskIsReadAsTheServerWritesIt) {
  const auto read = ParseTask(json::parse(kSucceeded));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(json::parse(read->json), json::parse(kSucceeded));
  const ExportTask& task = read->task;
  EXPECT_EQ(task.id, 17);
  EXPECT_EQ(task.request.description, "April");
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_EQ(FormatTimestamp(*task.completed), "2016-05-01T10:00:02.000Z");
  EXPECT_EQ(task.request.type, ExportType::kEvent);
  EXPECT_EQ(FormatDay(task.request.days->last), "2016-04-30");
  EXPECT_EQ(task.request.format, ExportFormat::kCsvBlob);
  EXPECT_EQ(task.request.compression, Compression::kGzip);
  EXPECT_EQ(task.progress.rows, 5000);
  ASSERT_EQ(task.files.size(), 1);
  EXPECT_EQ(task.files[0].name, "Event.csv.gz");
  EXPECT_EQ(task.files[0].bytes, 812345);
  EXPECT_EQ(task.manifest, "Event.manifest.json");
  EXPECT_FALSE(task.error_details);
  EXPECT_FALSE(task.wait);
}

TEST(TaskJsonTest, ATaskThatWaitsSaysUntilWhen) {
  json::value value = json::parse(kSucceeded);
  json::object& object = value.as_object();
  object["state"] = "Started";
  object["errorDetails"] = "AuthenticationFailed";
  object["progress"] = {{"rows", 1},
                        {"bytes", 2},
                        {"percent", 0.5},
                        {"waitingFor", "Credential"},
                        {"waitingUntil", "2016-05-02T10:00:00.000Z"}};
  const auto read = ParseTask(value);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->task.error_details, "AuthenticationFailed");
  EXPECT_EQ(read->task.progress.percent, 0.5);
  EXPECT_EQ(read->task.wait, (TaskWait{WaitsFor::kCredential, *ParseTimestamp("2016-05-02T10:00:00.000Z")}));
  object["progress"].as_object()["waitingFor"] = "Storage";
  EXPECT_EQ(ParseTask(value)->task.wait->what, WaitsFor::kStorage);
}

TEST(TaskJsonTest, APercentageIsOne) {
  for (const char* percent : {"-1", "100.5", "1e700", "-1e700"}) {
    std::string text(kSucceeded);
    text.replace(text.find("\"percent\":100"), 13, std::string("\"percent\":") + percent);
    EXPECT_FALSE(ParseTask(json::parse(text))) << percent;
  }
}

TEST(TaskJsonTest, WhatIsNoTaskIsTold) {
  EXPECT_FALSE(ParseTask(json::parse("[]")));
  for (const char* name : {"id", "state", "dateCreated", "exportType", "exportFormat", "progress", "files"}) {
    json::value missing = json::parse(kSucceeded);
    missing.as_object().erase(name);
    EXPECT_FALSE(ParseTask(missing)) << name;
    json::value wrong = json::parse(kSucceeded);
    wrong.as_object()[name] = "what is this";
    EXPECT_FALSE(ParseTask(wrong)) << name;
  }
}

}  // namespace
}  // namespace rawhaul::client
