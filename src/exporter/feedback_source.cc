#include <algorithm>
#include <set>

#include "exporter/source.h"

namespace rawhaul {
namespace {

constexpr uint64_t kGuessedCampaignBytes = uint64_t{1} << 20;

class FeedbackPiece final : public PieceReader {
 public:
  FeedbackPiece(const ExportRequest& request, const DeviceSnapshot& devices,
                std::unique_ptr<FeedbackCursor> cursor)
      : format_(request.format), devices_(devices), cursor_(std::move(cursor)) {}

  Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
    Encoded sum;
    FeedbackKey key;
    Feedback feedback;
    while (out.size() < target_bytes && cursor_->Next(key, feedback)) {
      RAWHAUL_ASSIGN(const std::string user_id, UserIdOf(key.device_id));
      sum.rows += EncodeFeedback(format_, key, feedback, user_id, out).rows;
    }
    RAWHAUL_TRY(cursor_->status());
    return sum;
  }

 private:
  Result<std::string> UserIdOf(const Guid& device_id) const {
    RAWHAUL_ASSIGN(const auto device, devices_.Find(device_id));
    return device ? device->user_id().value_or("") : "";
  }

  const ExportFormat format_;
  const DeviceSnapshot& devices_;
  std::unique_ptr<FeedbackCursor> cursor_;
};

// A piece is a campaign. Users are those of the state that the feedback is of.
class FeedbackSource final : public ExportSource {
 public:
  FeedbackSource(const ExportRequest& request, AppSnapshot snapshot, const std::set<uint64_t>& campaigns)
      : request_(request), snapshot_(std::move(snapshot)), campaigns_(campaigns.begin(), campaigns.end()) {}

  size_t pieces() const override { return campaigns_.size(); }
  uint64_t EstimateBytes(size_t) const override { return kGuessedCampaignBytes; }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    return std::make_unique<FeedbackPiece>(
        request_, *snapshot_.devices, snapshot_.feedback->Read(request_.feedback->type, campaigns_[piece]));
  }

 private:
  const ExportRequest request_;
  const AppSnapshot snapshot_;
  const std::vector<uint64_t> campaigns_;
};

// From the first to the last feedback of each campaign.
Result<CampaignSpans> ReportedSpans(CampaignType type, const FeedbackSnapshot& snapshot,
                                    const std::stop_token& stop) {
  CampaignSpans spans;
  const auto cursor = snapshot.Read(type, std::nullopt);
  FeedbackKey key;
  Feedback feedback;
  while (cursor->Next(key, feedback)) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "stopped while looking for campaigns");
    const TimeSpan reported{feedback.first, feedback.last};
    TimeSpan& span = spans.try_emplace(key.campaign_id, reported).first->second;
    span = {std::min(span.first, reported.first), std::max(span.last, reported.last)};
  }
  RAWHAUL_TRY(cursor->status());
  return spans;
}

// Those with feedback that were active in the window.
Result<std::set<uint64_t>> ActiveCampaigns(const FeedbackSelection& selection,
                                           const FeedbackSnapshot& snapshot, const CampaignSpans& in_progress,
                                           const std::stop_token& stop) {
  RAWHAUL_ASSIGN(const CampaignSpans reported, ReportedSpans(selection.type, snapshot, stop));
  std::set<uint64_t> campaigns;
  for (const auto& [campaign, by_feedback] : reported) {
    const auto known = in_progress.find(campaign);
    const TimeSpan& active = known != in_progress.end() ? known->second : by_feedback;
    if (active.first <= *selection.window_end && active.last >= *selection.window_start)
      campaigns.insert(campaign);
  }
  return campaigns;
}

Result<std::set<uint64_t>> SelectCampaigns(const FeedbackSelection& selection,
                                           const FeedbackSnapshot& snapshot, const CampaignSpans& in_progress,
                                           const std::stop_token& stop) {
  if (selection.campaign_ids.empty()) return ActiveCampaigns(selection, snapshot, in_progress, stop);
  return std::set<uint64_t>(selection.campaign_ids.begin(), selection.campaign_ids.end());
}

}  // namespace

Result<std::unique_ptr<ExportSource>> PlanFeedback(const ExportTask& task, const Stores& stores,
                                                   const CampaignSpans& in_progress,
                                                   const std::stop_token& stop) {
  AppSnapshot snapshot = stores.Snapshot(task.request.app);
  RAWHAUL_ASSIGN(const auto campaigns,
                 SelectCampaigns(*task.request.feedback, *snapshot.feedback, in_progress, stop));
  return std::make_unique<FeedbackSource>(task.request, std::move(snapshot), campaigns);
}

}  // namespace rawhaul
