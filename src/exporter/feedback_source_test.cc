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

  // One device reports on all these campaigns.
  void ReportOnAll(const std::vector<uint64_t>& campaigns, int hour) {
    IngestBatch batch;
    batch.app = kApp;
    batch.device_id = TestGuid(1);
    for (const uint64_t campaign : campaigns)
      batch.feedback.push_back({{kType, campaign, batch.device_id}, {1, TestTime(hour), TestTime(hour)}});
    ASSERT_TRUE(WriteAll(*stores_, {batch}));
  }

  // So many devices report on a campaign.
  void ReportByMany(uint64_t campaign, size_t devices, int hour) {
    std::vector<IngestBatch> batches(devices);
    for (size_t i = 0; i < devices; ++i) {
      batches[i].app = kApp;
      batches[i].device_id = TestGuid(i);
      const FeedbackKey key{kType, campaign, batches[i].device_id};
      batches[i].feedback = {{key, {1, TestTime(hour), TestTime(hour)}}};
    }
    ASSERT_TRUE(WriteAll(*stores_, batches));
  }

  std::unique_ptr<ExportSource> Plan(const FeedbackSelection& selection,
                                     const CampaignSpans& in_progress = {}) const {
    ExportTask task;
    task.request.app = kApp;
    task.request.type = ExportType::kPush;
    task.request.format = ExportFormat::kJsonLinesBlob;
    task.request.feedback = selection;
    return PlanExport(task, *stores_, in_progress, {}).value();
  }

  static FeedbackSelection Window(int from, int to) { return {kType, {}, TestTime(from), TestTime(to)}; }

  // The campaign of each row of a piece, read in several turns.
  static std::vector<uint64_t> CampaignsOf(const ExportSource& source, size_t piece) {
    std::vector<uint64_t> campaigns;
    const auto reader = source.Open(piece).value();
    uint64_t rows = 0;
    while (true) {
      ByteBuffer out;
      rows += reader->Fill(out, 1000).value().rows;
      if (out.empty()) break;
      constexpr std::string_view kKey = R"("campaignId":)";
      const std::string_view text = out.view();
      for (size_t at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at + 1)) {
        const char* number = text.data() + at + kKey.size();
        std::from_chars(number, text.data() + text.size(), campaigns.emplace_back());
      }
    }
    EXPECT_EQ(rows, campaigns.size());
    return campaigns;
  }

  static std::vector<uint64_t> CampaignsOf(const ExportSource& source) {
    std::vector<uint64_t> all;
    for (size_t piece = 0; piece < source.pieces(); ++piece) {
      const auto campaigns = CampaignsOf(source, piece);
      EXPECT_GE(source.EstimateBytes(piece), 100 * campaigns.size());
      all.insert(all.end(), campaigns.begin(), campaigns.end());
    }
    return all;
  }

  // The campaigns that are exported for a window of hours, of each two rows.
  std::vector<uint64_t> Exported(int from, int to, const CampaignSpans& in_progress = {}) const {
    const auto rows = CampaignsOf(*Plan(Window(from, to), in_progress));
    std::vector<uint64_t> campaigns;
    for (size_t i = 0; i < rows.size(); i += 2) {
      EXPECT_EQ(rows[i], rows.at(i + 1));
      campaigns.push_back(rows[i]);
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

std::vector<uint64_t> EachUpTo(uint64_t last, uint64_t step = 1) {
  std::vector<uint64_t> numbers;
  for (uint64_t number = step; number <= last; number += step) numbers.push_back(number);
  return numbers;
}

TEST_F(FeedbackSourceTest, SmallCampaignsShareAPiece) {
  const auto campaigns = EachUpTo(10'000);
  ReportOnAll(campaigns, 5);
  const auto source = Plan(Window(5, 5));
  EXPECT_EQ(source->pieces(), 3u);
  EXPECT_EQ(CampaignsOf(*source), campaigns);
}

TEST_F(FeedbackSourceTest, CampaignsThatAreNotWantedTakeNoPieceOfThoseBetweenThem) {
  ReportOnAll(EachUpTo(10'000), 5);
  ReportOnAll(EachUpTo(10'000, 10), 7);
  const auto source =
      Plan(Window(7, 8), {{20, {TestTime(1), TestTime(2)}}, {21, {TestTime(7), TestTime(7)}}});
  EXPECT_EQ(source->pieces(), 3u);
  auto expected = EachUpTo(10'000, 10);
  expected[1] = 21;
  EXPECT_EQ(CampaignsOf(*source), expected);
}

TEST_F(FeedbackSourceTest, ALargeCampaignIsAPieceOfItsOwn) {
  ReportOnAll({1, 2, 4, 5}, 5);
  ReportByMany(3, 5000, 5);
  const auto source = Plan(Window(5, 5));
  ASSERT_EQ(source->pieces(), 3u);
  EXPECT_THAT(CampaignsOf(*source, 0), ElementsAre(1, 2));
  EXPECT_EQ(CampaignsOf(*source, 1), std::vector<uint64_t>(5000, 3));
  EXPECT_THAT(CampaignsOf(*source, 2), ElementsAre(4, 5));
}

TEST_F(FeedbackSourceTest, NamedCampaignsShareAPieceWithoutThoseBetweenThem) {
  ReportOnAll(EachUpTo(10'000), 5);
  ReportByMany(3, 5000, 5);
  auto named = EachUpTo(20'000, 2);
  named.insert(named.begin(), {9000, 7, 4});
  const auto source = Plan({kType, named, {}, {}});
  EXPECT_EQ(source->pieces(), 2u);
  auto expected = EachUpTo(10'000, 2);
  expected.insert(expected.begin() + 3, 7);
  EXPECT_EQ(CampaignsOf(*source), expected);
  EXPECT_THAT(CampaignsOf(*Plan({kType, {10'001, 20'000}, {}, {}})), IsEmpty());
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
  const auto source = Plan({kType, {1}, {}, {}});
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
