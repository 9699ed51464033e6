#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>

#include "exporter/source.h"
#include "store/store_testing.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kApp = 7;
constexpr auto kType = CampaignType::kPoll;

class FeedbackSourceTest : public ::testing::Test {
 protected:
  FeedbackSourceTest() { stores_ = std::move(*OpenEmbeddedStores(directory_.path(), {}, clock_)); }

  // Feedback of two devices on a campaign, at these hours of the day.
  void Report(uint64_t campaign, int first, int last, CampaignType type = kType) {
    for (const int hour : {first, last}) {
      IngestBatch batch;
      batch.app = kApp;
      batch.device_id = TestGuid(static_cast<uint64_t>(hour));
      batch.feedback = {{{type, campaign, batch.device_id}, {1, TestTime(hour), TestTime(hour)}}};
      ASSERT_TRUE(WriteAll(*stores_, {batch}));
    }
  }

  // The campaigns of the rows that are exported for a window of hours.
  std::vector<uint64_t> Exported(int from, int to, const CampaignSpans& in_progress = {}) const {
    ExportTask task;
    task.request.app = kApp;
    task.request.type = ExportType::kPush;
    task.request.format = ExportFormat::kJsonLinesBlob;
    task.request.feedback = FeedbackSelection{kType, {}, TestTime(from), TestTime(to)};
    const auto source = PlanExport(task, *stores_, in_progress, {}).value();
    std::vector<uint64_t> campaigns;
    for (size_t piece = 0; piece < source->pieces(); ++piece) {
      ByteBuffer out;
      EXPECT_EQ(source->Open(piece).value()->Fill(out, 1 << 20).value().rows, 2u);
      constexpr std::string_view kKey = R"("campaignId":)";
      const std::string_view text = out.view();
      const char* number = text.data() + text.find(kKey) + kKey.size();
      std::from_chars(number, text.data() + text.size(), campaigns.emplace_back());
    }
    return campaigns;
  }

  TempDirectory directory_;
  ManualClock clock_{TestTime(0)};
  std::unique_ptr<EmbeddedStores> stores_;
};

TEST_F(FeedbackSourceTest, ACampaignOfElsewhereIsActiveFromItsFirstToItsLastFeedback) {
  Report(1, 5, 10);
  Report(2, 5, 6, CampaignType::kAnnouncement);
  EXPECT_THAT(Exported(0, 4), IsEmpty());
  EXPECT_THAT(Exported(0, 5), ElementsAre(1));
  EXPECT_THAT(Exported(7, 8), ElementsAre(1));
  EXPECT_THAT(Exported(10, 11), ElementsAre(1));
  EXPECT_THAT(Exported(11, 12), IsEmpty());
}

TEST_F(FeedbackSourceTest, ACampaignOfTheCatalogIsActiveWhileItIsInProgressWheneverDevicesReport) {
  Report(1, 5, 10);
  Report(2, 15, 16);
  const CampaignSpans in_progress{{1, {TestTime(1), TestTime(3)}}, {3, {TestTime(0), TestTime(20)}}};
  EXPECT_THAT(Exported(2, 2, in_progress), ElementsAre(1));
  EXPECT_THAT(Exported(3, 4, in_progress), ElementsAre(1));
  EXPECT_THAT(Exported(0, 1, in_progress), ElementsAre(1));
  EXPECT_THAT(Exported(5, 10, in_progress), IsEmpty());
  EXPECT_THAT(Exported(1, 15, in_progress), ElementsAre(1, 2)) << "and one without feedback has no rows";
}

TEST_F(FeedbackSourceTest, UsersAreThoseOfTheStateThatTheFeedbackIsOf) {
  const auto name_user = [this](const std::string& user) {
    IngestBatch batch;
    batch.app = kApp;
    batch.device_id = TestGuid(5);
    clock_.Advance(std::chrono::minutes(1));
    batch.device.SetTag(kUserIdTag, user, clock_.Now());
    ASSERT_TRUE(WriteAll(*stores_, {batch}));
  };
  name_user("before");
  Report(1, 5, 5);
  ExportTask task;
  task.request.app = kApp;
  task.request.type = ExportType::kPush;
  task.request.format = ExportFormat::kJsonLinesBlob;
  task.request.feedback = FeedbackSelection{kType, {1}, {}, {}};
  const auto source = PlanExport(task, *stores_, {}, {}).value();
  name_user("after");
  ByteBuffer out;
  ASSERT_TRUE(source->Open(0).value()->Fill(out, 1 << 20));
  EXPECT_THAT(std::string(out.view()), ::testing::HasSubstr(R"("userId":"before")"));
}

TEST_F(FeedbackSourceTest, AStopEndsThePlanning) {
  Report(1, 5, 10);
  std::stop_source stop;
  stop.request_stop();
  for (const ExportType type : {ExportType::kPush, ExportType::kEvent, ExportType::kSession}) {
    ExportTask task;
    task.request.app = kApp;
    task.request.type = type;
    task.request.days = DayRange{};
    task.request.feedback = FeedbackSelection{kType, {}, TestTime(0), TestTime(20)};
    EXPECT_EQ(PlanExport(task, *stores_, {}, {}, stop.get_token()).error().code, ErrorCode::kCanceled)
        << ToString(type);
  }
}

}  // namespace
}  // namespace rawhaul
