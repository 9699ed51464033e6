#include "api/status_routes.h"

#include <memory>

#include "api/errors.h"
#include "api/readiness.h"

namespace rawhaul::api {
namespace {

http::Response Text(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = std::move(body)};
}

}  // namespace

void AddStatusRoutes(http::Router& router, const Environment& environment, Metrics& metrics) {
  router.Add("GET", "/healthz", [](const http::Request&) { return Text("ok\n"); });
  const auto readiness =
      std::make_shared<Readiness>(environment.catalog, environment.ingest, environment.clock);
  router.Add("GET", "/readyz", [readiness](const http::Request&) {
    const Status status = readiness->Check();
    return status ? Text("ready\n") : ToResponse(status.error());
  });
  router.Add("GET", "/metrics", [environment, &metrics](const http::Request&) {
    return Text(metrics.Render(environment.collector.counters()));
  });
}

}  // namespace rawhaul::api
