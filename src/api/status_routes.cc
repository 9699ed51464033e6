#include "api/status_routes.h"

#include <fmt/format.h>

#include "api/errors.h"

namespace rawhaul::api {
namespace {

http::Response Text(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = std::move(body)};
}

// Says how old it is: "ready (seen 0.3 s ago)".
http::Response Answer(const Readiness::Seen& seen) {
  const std::string age = fmt::format("(seen {:.1f} s ago)", static_cast<double>(seen.age.count()) / 1000);
  if (seen.status) return Text(fmt::format("ready {}\n", age));
  Error error = seen.status.error();
  error.message = fmt::format("{} {}", error.message, age);
  return ToResponse(error);
}

}  // namespace

void AddStatusRoutes(http::Router& router, const Readiness& readiness, const Collector& collector,
                     Metrics& metrics) {
  router.AddProbe("GET", "/healthz", [](const http::Request&) { return Text("ok\n"); });
  router.AddProbe("GET", "/readyz", [&readiness](const http::Request&) { return Answer(readiness.Last()); });
  router.AddProbe(
      "GET", "/metrics",
      [&collector, &metrics](const http::Request&) { return Text(metrics.Render(collector.counters())); },
      {.answer_bytes = Metrics::kMaxBytes});
}

}  // namespace rawhaul::api
