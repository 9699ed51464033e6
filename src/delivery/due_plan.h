// What a device gets in answer to one request.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "delivery/device_slots.h"
#include "delivery/running_campaigns.h"
#include "model/device.h"
#include "store/feedback_store.h"

namespace rawhaul {

struct DuePlan {
  std::vector<std::string> campaigns;  // JSON objects
  size_t bytes = 0;                    // of them
  std::vector<FeedbackKey> to_queue;   // for which `Queued` is not stored yet
  std::vector<std::unique_ptr<DeviceSlots::Slot>> slots;

  std::string ToJson() const;
};

// Both must outlive the call. Pushes and tests come first, then campaigns that are new to the device, then
// those that it was given before.
struct DueSources {
  const FeedbackStore& feedback;
  PushCatalog& pushes;
  const PushQuota& quota;
};
Result<DuePlan> PlanDue(const DueSources& sources, uint32_t app, const Device& device,
                        const AppCampaigns& campaigns, Timestamp now);

}  // namespace rawhaul
