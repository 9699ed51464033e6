// /v1: the way in for the clients of Segment (docs/segment.md).
#pragma once

#include "collect/segment_collector.h"
#include "http/router.h"
#include "identity/collect_keys.h"

namespace rawhaul::api {

// All of it must outlive the router's server.
struct SegmentEnvironment {
  SegmentCollector& collector;
  CollectKeyVerifier& keys;
};

void AddSegmentRoutes(http::Router& router, const SegmentEnvironment& environment);

}  // namespace rawhaul::api
