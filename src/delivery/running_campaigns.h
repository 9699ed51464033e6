// What delivery needs of the campaigns of an app, at hand for every request.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "audience/audience.h"
#include "base/mutex.h"
#include "catalog/catalog.h"
#include "delivery/device_slots.h"
#include "delivery/device_view.h"
#include "delivery/push_quota.h"
#include "store/feedback_store.h"

namespace rawhaul {

struct RunningCampaign {
  Campaign campaign;
  Audience audience;
  DeviceView view;
  std::shared_ptr<DeviceSlots> slots;  // nullptr: no limit
};

struct AppCampaigns {
  std::vector<RunningCampaign> running;
  // Where a running campaign asks for the quota: all that a device may have got within its window, ended ones
  // too.
  std::vector<CampaignRef> recent;
};

// Thread-safe. `campaigns` and `feedback` must outlive it and its lists. `stop` is for DeviceSlots.
class RunningCampaigns {
 public:
  RunningCampaigns(CampaignCatalog& campaigns, const FeedbackStore& feedback, const PushQuota& quota,
                   std::stop_token stop)
      : campaigns_(campaigns), feedback_(feedback), quota_(quota), stop_(std::move(stop)) {}

  using List = std::shared_ptr<const AppCampaigns>;
  // Those of CampaignCatalog::ListRunning, which are read anew when that is.
  Result<List> Of(uint32_t app, Timestamp now);

 private:
  struct Prepared {
    CampaignCatalog::Campaigns source;
    List list;
  };
  Result<std::vector<CampaignRef>> ListRecent(uint32_t app, Timestamp now);
  Result<RunningCampaign> Prepare(const Campaign& campaign) RAWHAUL_REQUIRES(mutex_);
  std::shared_ptr<DeviceSlots> SlotsOf(const Campaign& campaign) RAWHAUL_REQUIRES(mutex_);

  CampaignCatalog& campaigns_;
  const FeedbackStore& feedback_;
  const PushQuota quota_;
  const std::stop_token stop_;
  Mutex mutex_;
  std::map<uint32_t, Prepared> by_app_ RAWHAUL_GUARDED_BY(mutex_);
  // By campaign, shared by all lists that it is in; as long as there is one, or a slot is taken.
  std::map<uint64_t, std::weak_ptr<DeviceSlots>> slots_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
