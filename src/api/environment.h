// What the routes work with. All of it outlives the HTTP server.
#pragma once

#include <stop_token>

#include "api/readiness.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "collect/collector.h"
#include "collect/segment_collector.h"
#include "delivery/delivery.h"
#include "exporter/runner.h"
#include "http/router.h"
#include "identity/collect_keys.h"
#include "identity/tokens.h"
#include "importer/runner.h"
#include "store/device_store.h"
#include "store/feedback_store.h"

namespace rawhaul::api {

struct Environment {
  Catalog& catalog;
  const Readiness& readiness;
  const DeviceStore& devices;
  const FeedbackStore& feedback;
  Collector& collector;
  SegmentCollector& segment;
  CampaignDelivery& delivery;
  ExportRunner& exports;
  ImportRunner& imports;
  TokenService& tokens;
  CollectKeyVerifier& collect_keys;
  const Clock& clock;
  std::stop_token stopping = {};  // of the server: what takes long ends with kUnavailable
};

}  // namespace rawhaul::api
