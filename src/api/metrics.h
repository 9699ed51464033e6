// What /metrics tells: requests by route, records collected, export tasks. prometheus-cpp stays in
// metrics.cc.
#pragma once

#include <cstddef>
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

  // More than there is when all routes have answered in all ways that they have.
  static constexpr size_t kMaxBytes = size_t{768} << 10;

  void Observe(const http::Exchange& exchange);
  // In Prometheus' text format, at most kMaxBytes.
  std::string Render(const CollectCounters& collected);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul::api
