#include "exporter/manifest.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace rawhaul {
namespace {

namespace json = boost::json;

TEST(Manifest, SaysWhatTheFilesAre) {
  ExportTask task;
  task.id = 17;
  task.cut_off = 9000;
  task.created = *ParseTimestamp("2016-05-01T00:00:00Z");
  task.request.type = ExportType::kEvent;
  task.request.format = ExportFormat::kCsvBlob;
  task.request.days = DayRange{*ParseDay("2016-04-01"), *ParseDay("2016-04-30")};
  const ExportedFile full{"p/a_00001.csv",
                          3,
                          120,
                          "ab",
                          ParseTimestamp("2016-04-01T00:00:00Z"),
                          ParseTimestamp("2016-04-30T23:59:59.999Z")};
  const ExportedFile empty{"p/a_00002.csv", 0, 20, "cd", std::nullopt, std::nullopt};

  const json::value manifest = json::parse(EncodeManifest(task, {full, empty}));

  EXPECT_EQ(manifest.at("version"), 1);
  EXPECT_EQ(manifest.at("taskId"), "17");
  EXPECT_EQ(manifest.at("exportType"), "Event");
  EXPECT_EQ(manifest.at("exportFormat"), "CsvBlob");
  EXPECT_EQ(manifest.at("compression"), "None");
  EXPECT_EQ(manifest.at("startDate"), "2016-04-01");
  EXPECT_EQ(manifest.at("endDate"), "2016-04-30");
  EXPECT_EQ(manifest.at("cutOff"), 9000);
  EXPECT_EQ(manifest.at("rows"), 3);
  const json::value expected_file = {{"name", "p/a_00001.csv"},
                                     {"rows", 3},
                                     {"bytes", 120},
                                     {"sha256", "ab"},
                                     {"firstTimestamp", "2016-04-01T00:00:00.000Z"},
                                     {"lastTimestamp", "2016-04-30T23:59:59.999Z"}};
  EXPECT_EQ(manifest.at("files").at(0), expected_file);
  EXPECT_FALSE(manifest.at("files").at(1).as_object().contains("firstTimestamp"));
  EXPECT_EQ(manifest.at("columns").at(0), (json::value{{"name", "recordId"}, {"type", "string"}}));
}

TEST(Manifest, SaysWhichCampaignsWereChosen) {
  ExportTask task;
  task.request.type = ExportType::kPush;
  task.request.feedback = FeedbackSelection{CampaignType::kPoll, {3, 5}, std::nullopt, std::nullopt};
  const json::value by_ids = json::parse(EncodeManifest(task, {}));
  EXPECT_EQ(by_ids.at("campaignType"), "Poll");
  EXPECT_EQ(by_ids.at("campaignIds"), (json::value{3, 5}));

  task.request.feedback = FeedbackSelection{CampaignType::kPoll, {}, FromMillis(0), FromMillis(1000)};
  const json::value by_window = json::parse(EncodeManifest(task, {}));
  EXPECT_EQ(by_window.at("campaignWindowStart"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(by_window.at("campaignWindowEnd"), "1970-01-01T00:00:01.000Z");
}

}  // namespace
}  // namespace rawhaul
