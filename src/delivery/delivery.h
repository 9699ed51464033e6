// Which campaigns a device gets. docs/api.md, "Campaigns for a device".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "collect/collector.h"
#include "delivery/push_quota.h"
#include "model/campaign.h"
#include "store/stores.h"

namespace rawhaul {

// How long a push waits for its device, at most, and a test.
inline constexpr std::chrono::hours kPushLifetime{4 * 7 * 24};
inline constexpr std::chrono::hours kTestLifetime{24};
// Of an answer, unless a single campaign is larger. What does not fit comes with a later request.
inline constexpr size_t kMaxDueBytes = size_t{1} << 20;

// Thread-safe. All of it must outlive the delivery.
struct DeliveryEnvironment {
  Stores& stores;
  CampaignCatalog& campaigns;
  PushCatalog& pushes;
  Collector& collector;
  const Clock& clock;
  std::stop_token stopping = {};  // of the server: what takes long ends with kUnavailable
};

struct DueCampaigns {
  std::string json;     // {"campaigns":[...]}
  std::string version;  // hex digits; another one for another json
};

// Thread-safe.
class CampaignDelivery {
 public:
  explicit CampaignDelivery(const DeliveryEnvironment& environment, const PushQuota& quota = {});
  ~CampaignDelivery();

  using Done = std::function<void(Result<DueCampaigns>)>;
  // Calls `done` once, when `Queued` is stored for all campaigns in its answer: on the committer's thread, or
  // at once on this one; it must not block or throw. A campaign is given again until the device reports more
  // on it than that. kNotFound, reason DeviceNotFound, for a device that has reported nothing yet;
  // otherwise errors are those of the stores, the catalog and Collector::Collect.
  void ListDue(uint32_t app, const Guid& device, Done done);

  // Queues a campaign for devices, of which it is told how their ids are spelled; `content` is given in place
  // of the campaign's own. Returns those ids that are none of a device that has reported anything, or of one
  // over its quota. kInvalidArgument, reason InvalidCampaignState, unless the campaign is in progress and
  // pushed by hand.
  Result<std::vector<std::string>> Push(const Campaign& campaign, const std::vector<std::string>& device_ids,
                                        const std::optional<CampaignContent>& content);

  // Queues `content`, CampaignContent::json, for the device as a test, in `language`; empty: the campaign's
  // own. kNotFound, reason DeviceNotFound, as above.
  Status Test(uint32_t app, CampaignType kind, const std::string& content, const std::string& device_id,
              const std::string& language);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
