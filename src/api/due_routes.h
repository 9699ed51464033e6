// GET /collect/v1/campaigns: what is due to a device. docs/api.md, "Campaigns for a device".
#pragma once

#include "delivery/delivery.h"
#include "http/router.h"
#include "identity/collect_keys.h"

namespace rawhaul::api {

// All of it must outlive the router's server.
struct DueEnvironment {
  CampaignDelivery& delivery;
  CollectKeyVerifier& keys;
};

void AddDueRoutes(http::Router& router, const DueEnvironment& environment);

}  // namespace rawhaul::api
