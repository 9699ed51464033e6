#include "api/status_routes.h"

#include "api/errors.h"

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
  router.Add("GET", "/readyz", [environment](const http::Request&) {
    const Status status = environment.catalog.Ping();
    return status ? Text("ready\n") : ToResponse(status.error());
  });
  router.Add("GET", "/metrics", [environment, &metrics](const http::Request&) {
    return Text(metrics.Render(environment.collector.counters()));
  });
}

}  // namespace rawhaul::api
