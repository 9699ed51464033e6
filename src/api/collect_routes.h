// /collect/v1: the way in for devices and for back-fills.
#pragma once

#include "collect/collector.h"
#include "http/router.h"
#include "identity/collect_keys.h"

namespace rawhaul::api {

// All of it must outlive the router's server.
struct CollectEnvironment {
  Collector& collector;
  CollectKeyVerifier& keys;
};

void AddCollectRoutes(http::Router& router, const CollectEnvironment& environment);

}  // namespace rawhaul::api
