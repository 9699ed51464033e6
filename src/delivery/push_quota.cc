#include "delivery/push_quota.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "delivery/due_plan.h"

namespace rawhaul {

Result<uint64_t> CountQueuedAfter(const FeedbackStore& feedback, uint32_t app, const Guid& device,
                                  std::span<const CampaignRef> campaigns, Timestamp since) {
  std::vector<FeedbackKey> keys;
  keys.reserve(campaigns.size());
  for (const CampaignRef& campaign : campaigns) keys.push_back({campaign.kind, campaign.id, device});
  RAWHAUL_ASSIGN(const auto all, feedback.FindAll(app, keys));
  // A campaign is queued before anything else is reported on it.
  const auto counts = [&](const std::optional<Feedback>& found) {
    return found && (found->flags & kQueuedFlag) != 0 && found->first > since;
  };
  return static_cast<uint64_t>(std::count_if(all.begin(), all.end(), counts));
}

}  // namespace rawhaul
