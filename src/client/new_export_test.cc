#include "client/new_export.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace rawhaul::client {
namespace {

namespace json = boost::json;

// The body that is sent, or the error.
std::string BodyOf(const NewExport& wanted) {
  const auto made = MakeCreateRequest(wanted, Secret("https://a/b?sig=x"));
  return made ? made->body : made.error().message;
}

json::object With(json::object more) {
  json::object body{
      {"containerUrl", "https://a/b?sig=x"}, {"exportFormat", "JsonLinesBlob"}, {"compression", "None"}};
  for (const auto& [name, value] : more) body[name] = value;
  return body;
}

TEST(NewExportTest, HistoricalKindsWantDays) {
  for (const char* kind : {"activities", "crashes", "errors", "events", "jobs", "sessions"}) {
    EXPECT_EQ(json::parse(BodyOf({.kind = kind, .from = "2016-04-01", .to = "2016-04-30"})),
              With({{"startDate", "2016-04-01"}, {"endDate", "2016-04-30"}}));
    for (const NewExport& wrong : {NewExport{.kind = kind}, NewExport{.kind = kind, .from = "2016-04-01"},
                                   NewExport{.kind = kind, .from = "2016-04-31", .to = "2016-05-02"},
                                   NewExport{.kind = kind, .from = "2016-05-03", .to = "2016-05-02"}}) {
      EXPECT_NE(BodyOf(wrong).find("--from"), std::string::npos) << kind;
    }
  }
}

TEST(NewExportTest, SnapshotsTakeNoDates) {
  for (const char* kind : {"tags", "tokens", "devices"}) {
    EXPECT_EQ(json::parse(BodyOf({.kind = kind})), With({}));
    EXPECT_EQ(BodyOf({.kind = kind, .to = "2016-04-30"}),
              std::string(kind) + " are exported as they are now: leave out --from and --to");
  }
}

TEST(NewExportTest, AWindowIsOfDaysOrTimes) {
  NewExport wanted{
      .kind = "feedback-by-date", .from = "2016-04-01", .to = "2016-04-30", .campaign_type = "poll"};
  EXPECT_EQ(json::parse(BodyOf(wanted)), With({{"campaignType", "Poll"},
                                               {"campaignWindowStart", "2016-04-01T00:00:00.000Z"},
                                               {"campaignWindowEnd", "2016-04-30T23:59:59.999Z"}}));
  wanted.to = "2016-04-01T12:00:00+02:00";
  EXPECT_EQ(json::parse(BodyOf(wanted)).at("campaignWindowEnd"), "2016-04-01T10:00:00.000Z");
  wanted.to = "later";
  EXPECT_NE(BodyOf(wanted).find("--from and --to"), std::string::npos);
  EXPECT_NE(BodyOf(wanted).find("; --to later is none"), std::string::npos);
  wanted.campaign_type = "";
  EXPECT_NE(BodyOf(wanted).find("--campaign-type"), std::string::npos);
}

TEST(NewExportTest, CampaignsAreNamedByTheirIds) {
  NewExport wanted{.kind = "feedback-by-campaign", .campaign_type = "Announcement", .campaigns = {12, 13}};
  EXPECT_EQ(json::parse(BodyOf(wanted)),
            With({{"campaignType", "Announcement"}, {"campaignIds", json::array{12, 13}}}));
  wanted.from = "2016-04-01";
  EXPECT_NE(BodyOf(wanted).find("neither --from nor --to"), std::string::npos);
  EXPECT_NE(BodyOf({.kind = "feedback-by-campaign", .campaign_type = "poll"}).find("--campaign 12"),
            std::string::npos);
}

TEST(NewExportTest, CampaignsAreForFeedbackAlone) {
  EXPECT_NE(BodyOf({.kind = "tags", .campaign_type = "poll"}).find("--campaign-type"), std::string::npos);
  EXPECT_NE(BodyOf({.kind = "tags", .campaigns = {1}}).find("--campaign is for"), std::string::npos);
}

TEST(NewExportTest, WhatIsGivenIsSent) {
  EXPECT_EQ(json::parse(BodyOf({.kind = "tags",
                                .format = ExportFormat::kCsvBlob,
                                .compression = Compression::kZstd,
                                .max_file_bytes = 5000,
                                .description = "mine"})),
            With({{"exportFormat", "CsvBlob"},
                  {"compression", "Zstd"},
                  {"maxFileBytes", 5000},
                  {"description", "mine"}}));
}

}  // namespace
}  // namespace rawhaul::client
