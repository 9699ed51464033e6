#include "app/serve.h"

#include <fmt/format.h>
#include <semaphore.h>

#include <csignal>
#include <cstdio>
#include <memory>

#include "api/routes.h"
#include "app/checkpoints.h"
#include "app/open_files.h"
#include "app/server_clock.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/logging.h"
#include "base/retry_timer.h"
#include "base/time_zone.h"
#include "blob/storage.h"
#include "http/server.h"
#include "identity/keys.h"
#include "net/http_client.h"

namespace rawhaul {
namespace {

constexpr std::chrono::milliseconds kStopGrace{5000};

// From when there is one, SIGTERM and SIGINT wake who waits for it. Until then they end the process at once:
// to open a large store, or one of an older version, may take minutes, and leaves nothing to be ended in
// order.
class StopSignal {
 public:
  StopSignal() {
    ::sem_init(&Came(), 0, 0);
    struct sigaction action = {};
    action.sa_handler = [](int) { ::sem_post(&Came()); };
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGTERM, SIGINT}) ::sigaction(signal, &action, nullptr);
  }

  void Wait() const {
    while (::sem_wait(&Came()) != 0) {  // another signal
    }
  }

 private:
  static sem_t& Came() {
    static sem_t came;
    return came;
  }
};

// Of this server, for what it leaves beside those of others. It tells nothing of the key.
std::string NameOf(const ServerKeys& keys) {
  constexpr size_t kDigits = 16;
  return HexEncode(Sha256("name of " + keys.box_key.Reveal())).substr(0, kDigits);
}

void PrintAddress(const http::ServerOptions& options, uint16_t port) {
  const bool is_ipv6 = options.address.find(':') != std::string::npos;
  fmt::print("listening on {}://{}:{}\n", options.tls ? "https" : "http",
             is_ipv6 ? "[" + options.address + "]" : options.address, port);
  std::fflush(stdout);
}

}  // namespace

// Parts are made bottom up, and their scope ends them top down.
Status Serve(const DataDirectory& data, const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);
  RAWHAUL_ASSIGN(const auto catalog, data.OpenCatalog());
  const ServerClock clock(data, config.accept_clock);
  RAWHAUL_ASSIGN(const ServerKeys keys, LoadServerKeys(data.keys()));
  RAWHAUL_ASSIGN(const auto stores, OpenEmbeddedStores(data.store(), config.store, clock));
  // From here on nobody else has the data open, and before it nothing was written there.
  const auto clock_keeper = ClockKeeper::Start(data, clock);
  RAWHAUL_ASSIGN(const auto checkpoints, CheckpointServer::Start(data, *stores));
  const SecretBox box(keys.box_key);
  const auto http_client = net::MakeHttpClient({.ca_file = config.destinations_ca_file});
  const auto retry_timer = MakeRetryTimer();
  const DestinationPolicy destinations(config.allowed_destinations);
  RAWHAUL_TRY(destinations.Validate());
  const StorageEnvironment storage{*http_client, *retry_timer, clock, NameOf(keys)};
  const auto containers = MakeContainerFactory(destinations, storage);
  const auto sources = MakeBlobSourceFactory(destinations, storage);
  RAWHAUL_ASSIGN(const auto tokens, TokenService::Make(keys.signing_key, catalog->clients(), clock));
  CollectKeyVerifier collect_keys(catalog->apps(), clock);
  Collector collector(*stores, clock, config.collect);
  SegmentCollector segment(collector, stores->devices(), clock, {.limits = config.collect.limits});
  std::stop_source stopping;
  CampaignDelivery delivery(
      {*stores, catalog->campaigns(), catalog->pushes(), collector, clock, stopping.get_token()},
      config.push_quota);
  ExportRunner exports(
      {*stores, catalog->tasks(), catalog->campaigns(), *containers, box, clock, *retry_timer},
      config.exports);
  ImportRunner imports({catalog->imports(), *sources, collector, stores->devices(), box, clock, *retry_timer},
                       config.exports.storage_wait);

  const StopSignal stop_signal;
  api::Readiness readiness(*catalog, stores->ingest());
  readiness.Look();
  const api::ReadinessWatcher watcher(readiness);
  api::Metrics metrics;
  http::Router router;
  api::AddRoutes(router,
                 {.catalog = *catalog,
                  .readiness = readiness,
                  .devices = stores->devices(),
                  .feedback = stores->feedback(),
                  .collector = collector,
                  .segment = segment,
                  .delivery = delivery,
                  .exports = exports,
                  .imports = imports,
                  .tokens = *tokens,
                  .collect_keys = collect_keys,
                  .clock = clock,
                  .stopping = stopping.get_token()},
                 metrics);
  http::ServerOptions http_options = config.http;
  http_options.max_connections = MakeRoomForConnections(http_options.max_connections);
  RAWHAUL_ASSIGN(const auto server,
                 http::Server::Start(http_options, router, [&metrics](const http::Exchange& exchange) {
                   metrics.Observe(exchange);
                 }));
  if (const Status zones = CheckTimeZones(); !zones)
    log::Warn("no time zone is known: {}", zones.error().message);
  PrintAddress(config.http, server->port());
  stop_signal.Wait();
  log::Info("stopping");
  stopping.request_stop();
  exports.Stop();  // first: a request that creates a task may be waiting for storage
  segment.Stop();  // requests that wait for others are answered
  imports.Stop();
  server->Stop(kStopGrace);
  collector.Stop();
  log::Info("stopped");
  return {};
}

}  // namespace rawhaul
