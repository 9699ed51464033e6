#include "delivery/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "delivery/due_plan.h"
#include "delivery/queued_recorder.h"
#include "delivery/running_campaigns.h"
#include "model/device_id.h"

namespace rawhaul {
namespace {

tl::unexpected<Error> UnknownDevice(std::string_view id) {
  return Fail(ErrorCode::kNotFound, fmt::format("The device {} has not reported anything yet.", id),
              "DeviceNotFound");
}

// Devices are also known by what was said about them, such as tags: those have not been seen.
bool HasReported(const std::optional<Device>& device) { return device && device->last_seen != Timestamp(); }

Status CheckPushable(const Campaign& campaign, Timestamp now) {
  const bool is_manual = campaign.content.push_mode == PushMode::kManual;
  if (is_manual && campaign.StateAt(now) == CampaignState::kInProgress) return {};
  return Fail(ErrorCode::kInvalidArgument,
              is_manual
                  ? fmt::format("The campaign {} is {}; only one in progress can be pushed.", campaign.id,
                                ToString(campaign.StateAt(now)))
                  : fmt::format("The campaign {} delivers itself; only one whose pushMode is manual can "
                                "be pushed.",
                                campaign.id),
              "InvalidCampaignState");
}

}  // namespace

struct CampaignDelivery::Impl {
  Impl(const DeliveryEnvironment& environment_in, const PushQuota& quota_in)
      : environment(environment_in),
        quota(quota_in),
        running(environment.campaigns, environment.stores.feedback(), quota, environment.stopping) {}

  Result<DuePlan> Plan(uint32_t app, const Guid& id, Timestamp now) {
    RAWHAUL_ASSIGN(const auto device, environment.stores.devices().Find(app, id));
    if (!HasReported(device)) return UnknownDevice(id.ToHex());
    RAWHAUL_ASSIGN(const auto campaigns, running.Of(app, now));
    return PlanDue({environment.stores.feedback(), environment.pushes, quota}, app, *device, *campaigns, now);
  }

  // What the device did with the campaign, with `Queued`, which is added to `to_queue` where it is not stored
  // yet.
  Result<PushedDevice> Baseline(const Campaign& campaign, const Guid& device, Timestamp now,
                                std::vector<FeedbackKey>& to_queue) const {
    const FeedbackKey key{campaign.kind, campaign.id, device};
    RAWHAUL_ASSIGN(const auto stored, environment.stores.feedback().Find(campaign.app, key));
    if (stored && (stored->flags & kQueuedFlag) != 0)
      return PushedDevice{device, stored->flags, stored->last};
    to_queue.push_back(key);
    Feedback feedback{kQueuedFlag, now, now};
    if (stored) feedback.Merge(*stored);
    return PushedDevice{device, feedback.flags, feedback.last};
  }

  // Whether the device may be pushed to: it has reported, and is below the quota where the audience asks for
  // it.
  Result<bool> MayGet(const Campaign& campaign, const std::optional<Device>& device, Timestamp now) {
    if (!HasReported(device)) return false;
    if (quota.max_campaigns == 0) return true;
    RAWHAUL_ASSIGN(const auto campaigns, running.Of(campaign.app, now));
    const auto found = std::find_if(campaigns->running.begin(), campaigns->running.end(),
                                    [&](const auto& other) { return other.campaign.id == campaign.id; });
    if (found == campaigns->running.end() || !found->audience.push_quota) return true;
    RAWHAUL_ASSIGN(const uint64_t queued,
                   CountQueuedAfter(environment.stores.feedback(), campaign.app, device->id,
                                    campaigns->recent, now - quota.window));
    return queued < quota.max_campaigns;
  }

  const DeliveryEnvironment environment;
  const PushQuota quota;
  RunningCampaigns running;
};

CampaignDelivery::CampaignDelivery(const DeliveryEnvironment& environment, const PushQuota& quota)
    : impl_(std::make_unique<Impl>(environment, quota)) {}
CampaignDelivery::~CampaignDelivery() = default;

void CampaignDelivery::ListDue(uint32_t app, const Guid& device, Done done) {
  const Timestamp now = impl_->environment.clock.Now();
  auto planned = impl_->Plan(app, device, now);
  if (!planned) return done(Fail(std::move(planned).error()));
  DueCampaigns due{planned->ToJson(), {}};
  due.version = NameBasedGuid(due.json).ToHex();
  if (planned->to_queue.empty()) return done(std::move(due));
  const CollectedBatch queued = QueuedBatch(planned->to_queue, now);
  // Shared, as functions must be copyable.
  const auto slots =
      std::make_shared<std::vector<std::unique_ptr<DeviceSlots::Slot>>>(std::move(planned->slots));
  impl_->environment.collector.Collect(
      app, queued,
      [due = std::move(due), slots, done = std::move(done)](const Result<CollectOutcome>& outcome) {
        if (!outcome) return done(Fail(outcome.error()));
        for (const auto& slot : *slots) slot->Keep();
        slots->clear();
        done(due);
      });
}

Result<std::vector<std::string>> CampaignDelivery::Push(const Campaign& campaign,
                                                        const std::vector<std::string>& device_ids,
                                                        const std::optional<CampaignContent>& content) {
  const DeliveryEnvironment& environment = impl_->environment;
  const Timestamp now = environment.clock.Now();
  RAWHAUL_TRY(CheckPushable(campaign, now));
  std::vector<std::string> invalid;
  std::vector<PushedDevice> devices;
  std::vector<FeedbackKey> to_queue;
  for (const std::string& text : device_ids) {
    const auto id = ParseDeviceId(text);
    RAWHAUL_ASSIGN(const auto device,
                   id ? environment.stores.devices().Find(campaign.app, *id) : std::nullopt);
    RAWHAUL_ASSIGN(const bool may_get, impl_->MayGet(campaign, device, now));
    if (!may_get) {
      invalid.push_back(text);
      continue;
    }
    RAWHAUL_ASSIGN(PushedDevice pushed, impl_->Baseline(campaign, *id, now, to_queue));
    devices.push_back(pushed);
  }
  RAWHAUL_TRY(RecordQueued(environment.collector, campaign.app, to_queue, now));
  if (devices.empty()) return invalid;
  CampaignPush push{
      .kind = campaign.kind, .campaign_id = campaign.id, .content = {}, .expires = now + kPushLifetime};
  if (content) {
    push.content = content->json;
    push.expires = std::min(push.expires, content->ends.value_or(push.expires));
  }
  RAWHAUL_TRY(environment.pushes.Push(campaign.app, push, devices, now));
  return invalid;
}

Status CampaignDelivery::Test(uint32_t app, CampaignType kind, const std::string& content,
                              const std::string& device_id, const std::string& language) {
  const DeliveryEnvironment& environment = impl_->environment;
  const Timestamp now = environment.clock.Now();
  const auto id = ParseDeviceId(device_id);
  RAWHAUL_ASSIGN(const auto device, id ? environment.stores.devices().Find(app, *id) : std::nullopt);
  if (!HasReported(device)) return UnknownDevice(device_id);
  RAWHAUL_ASSIGN(const DeviceView view, DeviceView::Of(content));
  const CampaignPush push{.kind = kind,
                          .campaign_id = kFirstTestId,
                          .content = "{" + view.In(ToLower(language)) + "}",
                          .expires = now + kTestLifetime};
  RAWHAUL_TRY(environment.pushes.PushTest(app, push, *id, now));
  return {};
}

}  // namespace rawhaul
