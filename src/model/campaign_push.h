// What waits for single devices: campaigns that were pushed to them by hand, and tests.
#pragma once

#include <cstdint>
#include <string>

#include "base/guid.h"
#include "base/time.h"
#include "model/feedback.h"

namespace rawhaul {

// Tests have ids that no campaign has. So a device reports on a test as on every campaign, and what it
// reports counts for none. JavaScript can count to twice this.
inline constexpr uint64_t kFirstTestId = uint64_t{1} << 52;

struct CampaignPush {
  CampaignType kind = CampaignType::kAnnouncement;
  uint64_t campaign_id = 0;
  std::string content;  // CampaignContent::json to give in place of the campaign's own; empty: the campaign's
  Timestamp expires;    // not included

  bool is_test() const { return campaign_id >= kFirstTestId; }
};

// Flags of the device's feedback on the campaign, and the time of the last one, as they were when it was
// pushed: a campaign may be pushed to a device that has answered it before.
struct PushedDevice {
  Guid device;
  uint16_t flags = 0;
  Timestamp last;
};

}  // namespace rawhaul
