// What /metrics tells: requests by route, records collected, export tasks. prometheus-cpp stays in
// metrics.cc.
#pragma once

#include <memory>
#include <string>

#include "collect/collector.h"
#include "http/server.h"

namespace rawhaul::api {

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void Observe(const http::Exchange& exchange);
  // In Prometheus' text format.
  std::string Render(const CollectCounters& collected);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul::api
