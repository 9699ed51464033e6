// Keeps a campaign from going to more devices than its audience allows (engage-subset).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/campaign.h"
#include "store/feedback_store.h"

namespace rawhaul {

// Thread-safe. Counts the devices for which `Queued` is stored when it is first asked, and goes on counting
// from there: nothing else may queue the campaign meanwhile. Made by make_shared, since slots refer to it.
class DeviceSlots : public std::enable_shared_from_this<DeviceSlots> {
 public:
  // `feedback` must outlive it and its slots. Counting ends with kUnavailable soon after `stop`.
  DeviceSlots(const FeedbackStore& feedback, const CampaignKey& campaign, std::stop_token stop);

  // Room for one device, given back unless it is kept.
  class Slot {
   public:
    Slot(std::shared_ptr<DeviceSlots> owner, const Guid& device)
        : owner_(std::move(owner)), device_(device) {}
    ~Slot() { owner_->End(device_, kept_); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    void Keep() { kept_ = true; }  // `Queued` is stored

   private:
    const std::shared_ptr<DeviceSlots> owner_;
    const Guid device_;
    bool kept_ = false;
  };
  // nullptr when there is no room, or when another request of the device has a slot. Errors are those of the
  // store. A device that is queued already must not ask: it would be counted twice.
  Result<std::unique_ptr<Slot>> Take(const Guid& device, uint64_t max_devices);

 private:
  Result<uint64_t> CountQueued() const;
  void End(const Guid& device, bool kept);

  const FeedbackStore& feedback_;
  const CampaignKey campaign_;
  const std::stop_token stop_;
  Mutex mutex_;
  std::optional<uint64_t> queued_ RAWHAUL_GUARDED_BY(mutex_);
  std::set<Guid> taken_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
