// GET /collect/v1/campaigns: what is due to a device. docs/api.md, "Campaigns for a device".
#pragma once

#include "api/collect_routes.h"
#include "delivery/delivery.h"
#include "http/router.h"

namespace rawhaul::api {

// All of it must outlive the router's server.
struct DueEnvironment {
  CampaignDelivery& delivery;
  CollectKeyVerifier& keys;
  CollectThreads& threads;
};

void AddDueRoutes(http::Router& router, const DueEnvironment& environment);

}  // namespace rawhaul::api
