#include "delivery/device_slots.h"

#include <utility>

namespace rawhaul {

DeviceSlots::DeviceSlots(const FeedbackStore& feedback, const CampaignKey& campaign, std::stop_token stop)
    : feedback_(feedback), campaign_(campaign), stop_(std::move(stop)) {}

Result<std::unique_ptr<DeviceSlots::Slot>> DeviceSlots::Take(const Guid& device, uint64_t max_devices) {
  const MutexLock lock(mutex_);
  if (!queued_) {
    RAWHAUL_ASSIGN(queued_, CountQueued());
  }
  if (*queued_ + taken_.size() >= max_devices || !taken_.insert(device).second) return nullptr;
  return std::make_unique<Slot>(shared_from_this(), device);
}

Result<uint64_t> DeviceSlots::CountQueued() const {
  const uint16_t queued = *ParseFeedbackFlag("Queued");
  const auto cursor = feedback_.Snapshot(campaign_.app)->Read(campaign_.kind, {campaign_.id, campaign_.id});
  uint64_t count = 0;
  FeedbackKey key;
  for (Feedback feedback; cursor->Next(key, feedback);) {
    if (stop_.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping", "Stopping");
    count += (feedback.flags & queued) != 0 ? 1 : 0;
  }
  RAWHAUL_TRY(cursor->status());
  return count;
}

void DeviceSlots::End(const Guid& device, bool kept) {
  const MutexLock lock(mutex_);
  taken_.erase(device);
  if (kept) ++*queued_;
}

}  // namespace rawhaul
