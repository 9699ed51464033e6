#include "delivery/due_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/logging.h"
#include "delivery/delivery.h"

namespace rawhaul {
namespace {

constexpr size_t kEnvelopeBytes = 64;

// One request. Functions that add return errors of the stores alone.
class DuePlanner {
 public:
  DuePlanner(const DueSources& sources, uint32_t app, const Device& device, const AppCampaigns& campaigns,
             Timestamp now)
      : sources_(sources),
        app_(app),
        device_(device),
        running_(campaigns.running),
        recent_(campaigns.recent),
        now_(now) {
    const auto locale = device.info.find("locale");
    if (locale != device.info.end()) language_ = LanguageOf(locale->second);
  }

  Result<DuePlan> Plan() {
    RAWHAUL_ASSIGN(const auto waiting, sources_.pushes.ListWaiting(app_, device_.id, now_));
    RAWHAUL_TRY(ReadFeedback(waiting));
    RAWHAUL_TRY(AddWaiting(waiting));
    std::vector<const RunningCampaign*> given_before;
    for (const RunningCampaign& running : running_) {
      if (!GoesByItself(running.campaign)) continue;
      const Feedback& feedback = FeedbackOn(running.campaign.kind, running.campaign.id);
      if (IsAnswered(feedback.flags)) continue;
      if (feedback.flags != 0) {
        given_before.push_back(&running);
      } else {
        RAWHAUL_TRY(AddNew(running));
      }
    }
    for (const RunningCampaign* running : given_before) Add(Show(*running));
    return std::move(plan_);
  }

 private:
  bool GoesByItself(const Campaign& campaign) const {
    return campaign.content.push_mode != PushMode::kManual &&
           campaign.StateAt(now_) == CampaignState::kInProgress;
  }

  // On all campaigns that are looked at, in one call.
  Status ReadFeedback(const std::vector<PushCatalog::Waiting>& waiting) {
    std::vector<FeedbackKey> keys;
    for (const auto& [push, device] : waiting) keys.push_back({push.kind, push.campaign_id, device_.id});
    for (const RunningCampaign& running : running_) {
      if (GoesByItself(running.campaign))
        keys.push_back({running.campaign.kind, running.campaign.id, device_.id});
    }
    if (keys.empty()) return {};
    RAWHAUL_ASSIGN(const auto found, sources_.feedback.FindAll(app_, keys));
    for (size_t i = 0; i < keys.size(); ++i) feedback_.emplace(keys[i], found[i].value_or(Feedback{}));
    return {};
  }
  // REQUIRES that ReadFeedback has read it.
  const Feedback& FeedbackOn(CampaignType kind, uint64_t id) const {
    return feedback_.at({kind, id, device_.id});
  }

  Status AddWaiting(const std::vector<PushCatalog::Waiting>& all) {
    for (const PushCatalog::Waiting& waiting : all) {
      const CampaignPush& push = waiting.push;
      const Feedback& feedback = FeedbackOn(push.kind, push.campaign_id);
      if (HasAnswered(waiting, feedback)) {
        Remove(push.campaign_id);
      } else if (push.is_test()) {
        RAWHAUL_TRY(AddTest(push));
      } else {
        RAWHAUL_TRY(AddPush(push, feedback));
      }
    }
    return {};
  }

  // What it had answered before counts only when it answers again.
  static bool HasAnswered(const PushCatalog::Waiting& waiting, const Feedback& feedback) {
    const PushedDevice& before = waiting.device;
    const bool has_changed = feedback.flags != before.flags || feedback.last != before.last;
    return IsAnswered(feedback.flags) && (has_changed || !IsAnswered(before.flags));
  }

  // Nothing hangs on it: the next request tries again.
  void Remove(uint64_t campaign_id) {
    const Status removed = sources_.pushes.Remove(app_, device_.id, campaign_id);
    if (!removed) log::Warn("a push of campaign {} stays: {}", campaign_id, removed.error().message);
  }

  Status AddTest(const CampaignPush& push) {
    RAWHAUL_ASSIGN(const DeviceView view, DeviceView::Of(push.content));
    Add(Show(push.kind, push.campaign_id, R"("test":true)", view.In(language_)));
    return {};
  }

  // Of a campaign that has ended, nothing.
  Status AddPush(const CampaignPush& push, const Feedback& feedback) {
    const auto running = std::find_if(
        running_.begin(), running_.end(),
        [&](const RunningCampaign& candidate) { return candidate.campaign.id == push.campaign_id; });
    if (running == running_.end() || running->campaign.StateAt(now_) != CampaignState::kInProgress) return {};
    std::string shown = Show(*running);
    if (!push.content.empty()) {
      RAWHAUL_ASSIGN(const DeviceView view, DeviceView::Of(push.content));
      shown = Show(push.kind, push.campaign_id, Times(running->campaign.begin(), push.expires),
                   view.In(language_));
    }
    const bool is_queued = (feedback.flags & kQueuedFlag) != 0;
    if (Add(std::move(shown)) && !is_queued) Queue(running->campaign);
    return {};
  }

  Status AddNew(const RunningCampaign& running) {
    const Campaign& campaign = running.campaign;
    const bool came_too_late =
        campaign.content.push_mode == PushMode::kOneShot && device_.first_seen > *campaign.begin();
    if (came_too_late) return {};
    RAWHAUL_ASSIGN(const bool holds, Holds(running.audience, Subject()));
    if (!holds) return {};
    RAWHAUL_ASSIGN(const bool has_quota, HasQuota(running.audience));
    if (!has_quota) return {};
    return running.slots ? AddIfRoom(running) : AddAndQueue(running);
  }

  // What this answer gives counts, too.
  Result<bool> HasQuota(const Audience& audience) {
    const PushQuota& quota = sources_.quota;
    if (!audience.push_quota || quota.max_campaigns == 0) return true;
    if (!queued_before_) {
      RAWHAUL_ASSIGN(queued_before_,
                     CountQueuedAfter(sources_.feedback, app_, device_.id, recent_, now_ - quota.window));
    }
    return *queued_before_ + plan_.to_queue.size() < quota.max_campaigns;
  }

  Status AddAndQueue(const RunningCampaign& running) {
    if (Add(Show(running))) Queue(running.campaign);
    return {};
  }

  Status AddIfRoom(const RunningCampaign& running) {
    RAWHAUL_ASSIGN(auto slot, running.slots->Take(device_.id, *running.audience.max_devices));
    if (!slot) return {};
    // Another request of the device may have queued it since; it must not be counted twice.
    const FeedbackKey key{running.campaign.kind, running.campaign.id, device_.id};
    RAWHAUL_ASSIGN(const auto since, sources_.feedback.Find(app_, key));
    if (since && since->flags != 0) return {};
    if (!Add(Show(running))) return {};
    Queue(running.campaign);
    plan_.slots.push_back(std::move(slot));
    return {};
  }

  AudienceSubject Subject() const {
    return {.device = device_, .now = now_, .feedback = [this](CampaignType type, uint64_t id) {
              return sources_.feedback.Find(app_, {type, id, device_.id});
            }};
  }

  // False when there is no room for it in this answer.
  bool Add(std::string campaign) {
    const size_t bytes = campaign.size() + 1;
    if (!plan_.campaigns.empty() && plan_.bytes + bytes + kEnvelopeBytes > kMaxDueBytes) return false;
    plan_.bytes += bytes;
    plan_.campaigns.push_back(std::move(campaign));
    return true;
  }
  void Queue(const Campaign& campaign) { plan_.to_queue.push_back({campaign.kind, campaign.id, device_.id}); }

  static std::string Times(const std::optional<Timestamp>& begin, const std::optional<Timestamp>& end) {
    std::string out;
    if (begin) out += fmt::format(R"("startTime":"{}")", FormatTimestamp(*begin));
    if (end) out += fmt::format(R"({}"endTime":"{}")", out.empty() ? "" : ",", FormatTimestamp(*end));
    return out;
  }
  std::string Show(const RunningCampaign& running) const {
    const Campaign& campaign = running.campaign;
    return Show(campaign.kind, campaign.id, Times(campaign.begin(), campaign.end()),
                running.view.In(language_));
  }
  static std::string Show(CampaignType kind, uint64_t id, std::string_view more, std::string_view view) {
    std::string out =
        fmt::format(R"({{"id":{},"kind":"{}","campaignType":"{}")", id, PathNameOf(kind), ToString(kind));
    for (const std::string_view members : {more, view}) {
      if (!members.empty()) out.append(",").append(members);
    }
    return out + "}";
  }

  const DueSources& sources_;
  const uint32_t app_;
  const Device& device_;
  const std::vector<RunningCampaign>& running_;
  const std::vector<CampaignRef>& recent_;
  const Timestamp now_;
  std::map<FeedbackKey, Feedback> feedback_;  // of the device
  std::optional<uint64_t> queued_before_;
  std::string language_;
  DuePlan plan_;
};

}  // namespace

std::string DuePlan::ToJson() const {
  std::string out;
  out.reserve(bytes + kEnvelopeBytes);
  out = R"({"campaigns":[)";
  for (const std::string& campaign : campaigns) {
    if (&campaign != &campaigns.front()) out += ',';
    out += campaign;
  }
  return out + "]}";
}

Result<DuePlan> PlanDue(const DueSources& sources, uint32_t app, const Device& device,
                        const AppCampaigns& campaigns, Timestamp now) {
  return DuePlanner(sources, app, device, campaigns, now).Plan();
}

}  // namespace rawhaul
