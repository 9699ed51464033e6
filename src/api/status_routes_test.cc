#include "api/status_routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "base/base_testing.h"
#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"
#include "http/http_testing.h"
#include "http/server.h"

namespace rawhaul::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Get(std::string_view path) { return fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", path); }

// A disk that hangs holds who looks at it and, in time, every thread that other requests run on.
TEST(StatusRoutes, AreAnsweredWhileTheDiskHoldsAllOtherThreads) {
  TemporaryCatalog catalog;
  FakeStores stores;
  const ManualClock clock;
  Collector collector(stores, clock, {});
  Readiness readiness(*catalog, stores.ingest());
  readiness.Look();
  Metrics metrics;
  std::latch disk(1);
  std::latch held(3);
  http::Router router;
  const auto wait = [&] {
    held.count_down();
    disk.wait();
    return http::Response{.status = 200, .headers = {}, .body = {}};
  };
  router.Add("GET", "/slow", [&](const http::Request&) { return wait(); });
  router.AddAsync("GET", "/slow-too",
                  [&](const http::Request&, const http::Responder& respond) { respond(wait()); });
  AddStatusRoutes(router, readiness, collector, metrics);
  const auto server = *http::Server::Start({.port = 0, .worker_threads = 1, .async_threads = 1}, router);
  stores.ingest().Hold();
  std::jthread look([&] { readiness.Look(); });
  http::TestClient slow(server->port());
  slow.Send(Get("/slow"));
  http::TestClient slow_too(server->port());
  slow_too.Send(Get("/slow-too"));
  held.arrive_and_wait();

  http::TestClient client(server->port());
  EXPECT_EQ(client.Ask(Get("/healthz")).body, "ok\n");
  EXPECT_THAT(client.Ask(Get("/readyz")).body, StartsWith("ready (seen "));
  EXPECT_EQ(client.Ask(Get("/metrics")).status, 200);

  disk.count_down();
  EXPECT_EQ(slow.Read().status, 200);
  EXPECT_EQ(slow_too.Read().status, 200);
  stores.ingest().FailWith(Error{ErrorCode::kUnavailable, "the disk is full", "DiskFull"});
  stores.ingest().Release();
  look.join();
  const auto refused = client.Ask(Get("/readyz"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("the disk is full (seen "));
  server->Stop(std::chrono::seconds(5));
  collector.Stop();
}

// As answers that nobody has read yet.
TEST(StatusRoutes, MetricsAreChargedBeforeTheyAreMade) {
  TemporaryCatalog catalog;
  FakeStores stores;
  const ManualClock clock;
  const Collector collector(stores, clock, {});
  const Readiness readiness(*catalog, stores.ingest());
  Metrics metrics;
  http::Router router;
  AddStatusRoutes(router, readiness, collector, metrics);
  for (const auto& route : router.routes())
    EXPECT_EQ(route->options.answer_bytes, route->pattern == "/metrics" ? Metrics::kMaxBytes : 0u);
}

}  // namespace
}  // namespace rawhaul::api
