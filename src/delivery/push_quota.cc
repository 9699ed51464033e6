#include "delivery/push_quota.h"

#include "delivery/due_plan.h"

namespace rawhaul {

Result<uint64_t> CountQueuedAfter(const FeedbackStore& feedback, uint32_t app, const Guid& device,
                                  std::span<const CampaignRef> campaigns, Timestamp since) {
  uint64_t count = 0;
  for (const CampaignRef& campaign : campaigns) {
    RAWHAUL_ASSIGN(const auto found, feedback.Find(app, {campaign.kind, campaign.id, device}));
    // A campaign is queued before anything else is reported on it.
    if (found && (found->flags & kQueuedFlag) != 0 && found->first > since) ++count;
  }
  return count;
}

}  // namespace rawhaul
