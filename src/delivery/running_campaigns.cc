#include "delivery/running_campaigns.h"

#include <fmt/format.h>

#include <utility>

namespace rawhaul {

Result<RunningCampaigns::List> RunningCampaigns::Of(uint32_t app, Timestamp now) {
  RAWHAUL_ASSIGN(CampaignCatalog::Campaigns source, campaigns_.ListRunning(app, now));
  const MutexLock lock(mutex_);
  Prepared& prepared = by_app_[app];
  if (prepared.source == source) return prepared.list;
  auto list = std::make_shared<AppCampaigns>();
  bool asks_for_quota = false;
  for (const Campaign& campaign : *source) {
    RAWHAUL_ASSIGN(RunningCampaign running, Prepare(campaign));
    if (running.audience.push_quota) asks_for_quota = true;
    list->running.push_back(std::move(running));
  }
  if (asks_for_quota && quota_.max_campaigns > 0) {
    RAWHAUL_ASSIGN(list->recent, ListRecent(app, now));
  }
  // The old list goes after the new one has its slots: those of a campaign that is in both stay.
  prepared = {std::move(source), std::move(list)};
  std::erase_if(slots_, [](const auto& entry) { return entry.second.expired(); });
  return prepared.list;
}

Result<std::vector<CampaignRef>> RunningCampaigns::ListRecent(uint32_t app, Timestamp now) {
  std::vector<CampaignRef> recent;
  for (const CampaignType kind : {CampaignType::kAnnouncement, CampaignType::kDataPush,
                                  CampaignType::kNativePush, CampaignType::kPoll}) {
    RAWHAUL_ASSIGN(const auto periods, campaigns_.ListPeriods(app, kind));
    for (const CampaignCatalog::Period& period : periods) {
      if (!period.end || *period.end > now - quota_.window) recent.push_back({kind, period.id});
    }
  }
  return recent;
}

Result<RunningCampaign> RunningCampaigns::Prepare(const Campaign& campaign) {
  RunningCampaign running{campaign, {}, {}, nullptr};
  if (!campaign.content.audience.empty()) {
    auto audience = ParseAudience(campaign.content.audience);
    if (!audience) {
      // It was read when the campaign was activated.
      return Fail(ErrorCode::kDataLoss, fmt::format("the stored campaign {} is damaged: {}", campaign.id,
                                                    audience.error().message));
    }
    running.audience = *std::move(audience);
  }
  RAWHAUL_ASSIGN(running.view, DeviceView::Of(campaign.content.json));
  if (running.audience.max_devices) running.slots = SlotsOf(campaign);
  return running;
}

std::shared_ptr<DeviceSlots> RunningCampaigns::SlotsOf(const Campaign& campaign) {
  std::weak_ptr<DeviceSlots>& known = slots_[campaign.id];
  std::shared_ptr<DeviceSlots> slots = known.lock();
  if (!slots) {
    slots = std::make_shared<DeviceSlots>(feedback_, campaign.key(), stop_);
    known = slots;
  }
  return slots;
}

}  // namespace rawhaul
