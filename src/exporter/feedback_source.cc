#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/source.h"

namespace rawhaul {
namespace {

// A piece has more rows only when they are all of one campaign. Devices report on campaigns of any id, so
// that there may be as many campaigns as rows.
constexpr uint64_t kPieceRows = 4096;
constexpr uint64_t kBytesPerRow = 512;  // a guess from above of the encoded size

// A campaign on which devices have reported.
struct ReportedCampaign {
  uint64_t id;
  TimeSpan span;  // from its first to its last feedback
  uint64_t rows;
};

// What a task asks for, of one state of the store. Thread-safe.
class Selection {
 public:
  Selection(const FeedbackSelection& request, CampaignSpans in_progress,
            std::shared_ptr<const FeedbackSnapshot> feedback)
      : request_(request), in_progress_(std::move(in_progress)), feedback_(std::move(feedback)) {
    std::vector<uint64_t>& ids = request_.campaign_ids;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }

  bool by_window() const { return ids().empty(); }
  const std::vector<uint64_t>& ids() const { return request_.campaign_ids; }
  CampaignRange All() const {
    return by_window() ? CampaignRange{} : CampaignRange{ids().front(), ids().back()};
  }
  std::unique_ptr<FeedbackCursor> Read(const CampaignRange& campaigns) const {
    return feedback_->Read(request_.type, campaigns);
  }
  // REQUIRES by_window().
  bool WasActive(const ReportedCampaign& campaign) const {
    const auto known = in_progress_.find(campaign.id);
    const TimeSpan& active = known != in_progress_.end() ? known->second : campaign.span;
    return active.first <= *request_.window_end && active.last >= *request_.window_start;
  }

 private:
  FeedbackSelection request_;
  const CampaignSpans in_progress_;
  const std::shared_ptr<const FeedbackSnapshot> feedback_;
};

// The feedback of a range of campaigns, without those that the task does not name.
class NamedFeedback {
 public:
  // `selection` must outlive it.
  NamedFeedback(const Selection& selection, const CampaignRange& campaigns)
      : ids_(selection.ids()), cursor_(selection.Read(campaigns)) {}

  bool Next(FeedbackKey& key, Feedback& feedback) {
    while (cursor_->Next(key, feedback)) {
      if (ids_.empty()) return true;
      const auto named = std::lower_bound(ids_.begin(), ids_.end(), key.campaign_id);
      if (named == ids_.end()) return false;
      if (*named == key.campaign_id) return true;
      cursor_->SkipTo(*named);
    }
    return false;
  }
  Status status() const { return cursor_->status(); }

 private:
  const std::vector<uint64_t>& ids_;  // empty: all
  const std::unique_ptr<FeedbackCursor> cursor_;
};

// The campaigns of a range, each when its last feedback was read: the store has feedback in order of
// campaigns.
class CampaignScan {
 public:
  CampaignScan(const Selection& selection, const CampaignRange& campaigns)
      : feedback_(selection, campaigns) {}

  // nullopt at the end; kCanceled soon after `stop`.
  Result<std::optional<ReportedCampaign>> Next(const std::stop_token& stop) {
    std::optional<ReportedCampaign> campaign = std::exchange(next_, std::nullopt);
    FeedbackKey key;
    Feedback feedback;
    while (feedback_.Next(key, feedback)) {
      if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "stopped while looking for campaigns");
      const ReportedCampaign one{key.campaign_id, {feedback.first, feedback.last}, 1};
      if (campaign && campaign->id != one.id) {
        next_ = one;
        break;
      }
      campaign = campaign ? Sum(*campaign, one) : one;
    }
    RAWHAUL_TRY(feedback_.status());
    return campaign;
  }

 private:
  static ReportedCampaign Sum(const ReportedCampaign& a, const ReportedCampaign& b) {
    return {
        a.id, {std::min(a.span.first, b.span.first), std::max(a.span.last, b.span.last)}, a.rows + b.rows};
  }

  NamedFeedback feedback_;
  std::optional<ReportedCampaign> next_;  // as far as it is read
};

struct FeedbackRange {
  CampaignRange campaigns;  // the first and the last one are wanted
  uint64_t rows = 0;        // of those that are wanted
};

// Whole campaigns, in order. Of those between the first and the last one not all may be wanted: who reads a
// range finds that out again, since keeping it would take memory for each campaign.
Result<std::vector<FeedbackRange>> CutIntoPieces(const Selection& selection, const std::stop_token& stop) {
  std::vector<FeedbackRange> pieces;
  CampaignScan scan(selection, selection.All());
  uint64_t passed = 0;  // rows
  uint64_t begin = 0;   // `passed` in front of the last piece
  while (true) {
    RAWHAUL_ASSIGN(const auto campaign, scan.Next(stop));
    if (!campaign) return pieces;
    passed += campaign->rows;
    if (selection.by_window() && !selection.WasActive(*campaign)) continue;
    if (pieces.empty() || passed - begin > kPieceRows) {
      begin = passed - campaign->rows;
      pieces.push_back({{campaign->id, campaign->id}});
    }
    pieces.back().campaigns.last = campaign->id;
    pieces.back().rows += campaign->rows;
  }
}

class FeedbackPiece final : public PieceReader {
 public:
  // `selection` and `devices` must outlive it.
  FeedbackPiece(const Selection& selection, const DeviceSnapshot& devices, ExportFormat format,
                const CampaignRange& campaigns)
      : selection_(selection), devices_(devices), format_(format), feedback_(selection, campaigns) {
    if (selection.by_window() && campaigns.first != campaigns.last) ahead_.emplace(selection, campaigns);
  }

  Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
    Encoded sum;
    FeedbackKey key;
    Feedback feedback;
    while (out.size() < target_bytes && feedback_.Next(key, feedback)) {
      RAWHAUL_ASSIGN(const bool is_wanted, IsWanted(key.campaign_id));
      if (!is_wanted) continue;
      RAWHAUL_ASSIGN(const std::string user_id, UserIdOf(key.device_id));
      sum.rows += EncodeFeedback(format_, key, feedback, user_id, out).rows;
    }
    RAWHAUL_TRY(feedback_.status());
    return sum;
  }

 private:
  Result<bool> IsWanted(uint64_t campaign) {
    if (!ahead_ || (campaign_ && campaign_->id == campaign)) return is_wanted_;
    RAWHAUL_ASSIGN(campaign_, ahead_->Next({}));
    is_wanted_ = selection_.WasActive(*campaign_);
    return is_wanted_;
  }

  Result<std::string> UserIdOf(const Guid& device_id) const {
    RAWHAUL_ASSIGN(const auto device, devices_.Find(device_id));
    return device ? device->user_id().value_or("") : "";
  }

  const Selection& selection_;
  const DeviceSnapshot& devices_;
  const ExportFormat format_;
  NamedFeedback feedback_;
  // Goes through the same campaigns, one ahead: whether one is wanted shows in its last feedback. nullopt:
  // all are.
  std::optional<CampaignScan> ahead_;
  std::optional<ReportedCampaign> campaign_;  // that was read last
  bool is_wanted_ = true;
};

// Users are those of the state that the feedback is of.
class FeedbackSource final : public ExportSource {
 public:
  FeedbackSource(ExportFormat format, std::shared_ptr<const DeviceSnapshot> devices,
                 std::unique_ptr<const Selection> selection, std::vector<FeedbackRange> pieces)
      : format_(format),
        devices_(std::move(devices)),
        selection_(std::move(selection)),
        pieces_(std::move(pieces)) {}

  size_t pieces() const override { return pieces_.size(); }
  uint64_t EstimateBytes(size_t piece) const override { return pieces_[piece].rows * kBytesPerRow; }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    return std::make_unique<FeedbackPiece>(*selection_, *devices_, format_, pieces_[piece].campaigns);
  }

 private:
  const ExportFormat format_;
  const std::shared_ptr<const DeviceSnapshot> devices_;
  const std::unique_ptr<const Selection> selection_;
  const std::vector<FeedbackRange> pieces_;
};

}  // namespace

Result<std::unique_ptr<ExportSource>> PlanFeedback(const ExportTask& task, const Stores& stores,
                                                   const CampaignSpans& in_progress,
                                                   const std::stop_token& stop) {
  AppSnapshot snapshot = stores.Snapshot(task.request.app);
  auto selection =
      std::make_unique<const Selection>(*task.request.feedback, in_progress, std::move(snapshot.feedback));
  RAWHAUL_ASSIGN(auto pieces, CutIntoPieces(*selection, stop));
  return std::make_unique<FeedbackSource>(task.request.format, std::move(snapshot.devices),
                                          std::move(selection), std::move(pieces));
}

}  // namespace rawhaul
