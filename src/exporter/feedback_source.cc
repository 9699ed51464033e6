#include <algorithm>
#include <set>

#include "exporter/source.h"

namespace rawhaul {
namespace {

constexpr uint64_t kGuessedCampaignBytes = uint64_t{1} << 20;

class FeedbackPiece final : public PieceReader {
 public:
  FeedbackPiece(const ExportRequest& request, const DeviceStore& devices,
                std::unique_ptr<FeedbackCursor> cursor)
      : app_(request.app), format_(request.format), devices_(devices), cursor_(std::move(cursor)) {}

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
    RAWHAUL_ASSIGN(const auto device, devices_.Find(app_, device_id));
    return device ? device->user_id().value_or("") : "";
  }

  const uint32_t app_;
  const ExportFormat format_;
  const DeviceStore& devices_;
  std::unique_ptr<FeedbackCursor> cursor_;
};

// A piece is a campaign.
class FeedbackSource final : public ExportSource {
 public:
  FeedbackSource(const ExportRequest& request, const DeviceStore& devices,
                 std::shared_ptr<const FeedbackSnapshot> snapshot, const std::set<uint64_t>& campaigns)
      : request_(request),
        devices_(devices),
        snapshot_(std::move(snapshot)),
        campaigns_(campaigns.begin(), campaigns.end()) {}

  size_t pieces() const override { return campaigns_.size(); }
  uint64_t EstimateBytes(size_t) const override { return kGuessedCampaignBytes; }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    return std::make_unique<FeedbackPiece>(request_, devices_,
                                           snapshot_->Read(request_.feedback->type, campaigns_[piece]));
  }

 private:
  const ExportRequest request_;
  const DeviceStore& devices_;
  const std::shared_ptr<const FeedbackSnapshot> snapshot_;
  const std::vector<uint64_t> campaigns_;
};

// From the first to the last feedback of each campaign.
Result<CampaignSpans> ReportedSpans(CampaignType type, const FeedbackSnapshot& snapshot) {
  CampaignSpans spans;
  const auto cursor = snapshot.Read(type, std::nullopt);
  FeedbackKey key;
  Feedback feedback;
  while (cursor->Next(key, feedback)) {
    const TimeSpan reported{feedback.first, feedback.last};
    TimeSpan& span = spans.try_emplace(key.campaign_id, reported).first->second;
    span = {std::min(span.first, reported.first), std::max(span.last, reported.last)};
  }
  RAWHAUL_TRY(cursor->status());
  return spans;
}

// Those with feedback that were active in the window.
Result<std::set<uint64_t>> ActiveCampaigns(const FeedbackSelection& selection,
                                           const FeedbackSnapshot& snapshot,
                                           const CampaignSpans& in_progress) {
  RAWHAUL_ASSIGN(const CampaignSpans reported, ReportedSpans(selection.type, snapshot));
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
                                           const FeedbackSnapshot& snapshot,
                                           const CampaignSpans& in_progress) {
  if (selection.campaign_ids.empty()) return ActiveCampaigns(selection, snapshot, in_progress);
  return std::set<uint64_t>(selection.campaign_ids.begin(), selection.campaign_ids.end());
}

}  // namespace

Result<std::unique_ptr<ExportSource>> PlanFeedback(const ExportTask& task, const Stores& stores,
                                                   const CampaignSpans& in_progress) {
  auto snapshot = stores.feedback().Snapshot(task.request.app);
  RAWHAUL_ASSIGN(const auto campaigns, SelectCampaigns(*task.request.feedback, *snapshot, in_progress));
  return std::make_unique<FeedbackSource>(task.request, stores.devices(), std::move(snapshot), campaigns);
}

}  // namespace rawhaul
