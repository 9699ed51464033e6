#include "catalog/task_json.h"

#include <gtest/gtest.h>

#include <limits>

namespace rawhaul {
namespace {

constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();

TEST(TaskJsonTest, AHistoricalRequestIsReadBackAsItWas) {
  const ExportRequest request{.app = 0,
                              .type = ExportType::kJob,
                              .format = ExportFormat::kJsonLinesBlob,
                              .compression = Compression::kZstd,
                              .max_file_bytes = kHuge,
                              .description = "a \"quoted\" text\nü",
                              .days = DayRange{*ParseDay("2016-02-29"), *ParseDay("2016-03-01")},
                              .feedback = {}};
  const auto read = RequestFromJson(RequestToJson(request));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->type, request.type);
  EXPECT_EQ(read->format, request.format);
  EXPECT_EQ(read->compression, request.compression);
  EXPECT_EQ(read->max_file_bytes, request.max_file_bytes);
  EXPECT_EQ(read->description, request.description);
  ASSERT_TRUE(read->days);
  EXPECT_EQ(read->days->first, request.days->first);
  EXPECT_EQ(read->days->last, request.days->last);
  EXPECT_FALSE(read->feedback);
}

TEST(TaskJsonTest, AFeedbackRequestIsReadBackAsItWas) {
  ExportRequest request;
  request.type = ExportType::kPush;
  request.feedback = FeedbackSelection{CampaignType::kNativePush, {1, kHuge}, {}, {}};
  auto read = RequestFromJson(RequestToJson(request));
  ASSERT_TRUE(read && read->feedback);
  EXPECT_EQ(read->feedback->type, CampaignType::kNativePush);
  EXPECT_EQ(read->feedback->campaign_ids, (std::vector<uint64_t>{1, kHuge}));
  EXPECT_FALSE(read->feedback->window_start);
  EXPECT_FALSE(read->days);
  EXPECT_FALSE(read->description);

  request.feedback = FeedbackSelection{CampaignType::kPoll, {}, FromMillis(5), FromMillis(1'461'663'000'518)};
  read = RequestFromJson(RequestToJson(request));
  ASSERT_TRUE(read && read->feedback);
  EXPECT_TRUE(read->feedback->campaign_ids.empty());
  EXPECT_EQ(read->feedback->window_start, FromMillis(5));
  EXPECT_EQ(read->feedback->window_end, FromMillis(1'461'663'000'518));
}

TEST(TaskJsonTest, AnEmptyDescriptionIsNotAMissingOne) {
  ExportRequest request;
  request.description = "";
  EXPECT_EQ(RequestFromJson(RequestToJson(request))->description, "");
}

TEST(TaskJsonTest, AnOutcomeIsReadBackAsItWas) {
  const std::vector<ExportedFile> files{{"a/Event_1.json", 7, kHuge, "ab", FromMillis(1), FromMillis(2)},
                                        {"a/Event_2.json", 0, 2, "cd", {}, {}}};
  ExportTask task;
  const auto status = OutcomeFromJson(OutcomeToJson({7, kHuge, 99.5}, files, "a/Event.manifest.json"), task);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(task.progress.rows, 7u);
  EXPECT_EQ(task.progress.bytes, kHuge);
  EXPECT_EQ(task.progress.percent, 99.5);
  ASSERT_EQ(task.files.size(), 2u);
  EXPECT_EQ(task.files[0].name, "a/Event_1.json");
  EXPECT_EQ(task.files[0].bytes, kHuge);
  EXPECT_EQ(task.files[0].sha256, "ab");
  EXPECT_EQ(task.files[0].first, FromMillis(1));
  EXPECT_EQ(task.files[0].last, FromMillis(2));
  EXPECT_EQ(task.files[1].rows, 0u);
  EXPECT_FALSE(task.files[1].first);
  EXPECT_EQ(task.manifest, "a/Event.manifest.json");
}

TEST(TaskJsonTest, DamagedTextIsDataLoss) {
  ExportTask task;
  const std::string request = RequestToJson({});
  const std::string outcome = OutcomeToJson({}, {}, "");
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{}"), request.substr(0, 20),
                                  std::string(R"({"type":"Nothing"})")}) {
    const auto read = RequestFromJson(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss);
  }
  EXPECT_EQ(OutcomeFromJson("", task).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(OutcomeFromJson(outcome.substr(1), task).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(
      OutcomeFromJson(R"({"rows":-1,"bytes":0,"percent":0,"files":[],"manifest":""})", task).error().code,
      ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace rawhaul
