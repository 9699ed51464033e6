// How many campaigns a device may get in a time: the filter push-quota.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "model/feedback.h"
#include "store/feedback_store.h"

namespace rawhaul {

struct PushQuota {
  uint64_t max_campaigns = 0;  // 0: there is no quota
  std::chrono::days window{1};
};

struct CampaignRef {
  CampaignType kind = CampaignType::kAnnouncement;
  uint64_t id = 0;
};

// How many of `campaigns` were queued for the device after `since`. A campaign counts once, however often it
// was pushed.
Result<uint64_t> CountQueuedAfter(const FeedbackStore& feedback, uint32_t app, const Guid& device,
                                  std::span<const CampaignRef> campaigns, Timestamp since);

}  // namespace rawhaul
