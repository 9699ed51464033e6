// /collect/v1: the way in for devices and for back-fills.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "collect/collector.h"
#include "http/router.h"
#include "identity/collect_keys.h"

namespace rawhaul::api {

// The threads that unpack, parse and hand on batches, so that no I/O thread ever waits for a disk. They must
// outlive the router's server; the destructor waits for what is under way.
class CollectThreads {
 public:
  explicit CollectThreads(unsigned threads);
  ~CollectThreads();
  void Run(std::function<void()> job);

  // Adds a route whose handler runs on one of these threads, and may respond on another one later.
  using Handler = std::function<void(const http::Request&, const http::Responder&)>;
  void AddRoute(http::Router& router, std::string_view method, std::string_view path, Handler handler,
                const http::RouteOptions& options = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// All of it must outlive the router's server.
struct CollectEnvironment {
  Collector& collector;
  CollectKeyVerifier& keys;
  CollectThreads& threads;
};

void AddCollectRoutes(http::Router& router, const CollectEnvironment& environment);

}  // namespace rawhaul::api
