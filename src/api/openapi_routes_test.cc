#include "api/openapi_routes.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <string>

#include "api/openapi_document.h"
#include "api/routes.h"
#include "base/encoding.h"
#include "base/retry_timer_testing.h"
#include "blob/memory_container_testing.h"
#include "blob/storage.h"
#include "catalog/catalog_testing.h"
#include "identity/signing_key.h"
#include "net/http_client.h"
#include "store/store_testing.h"

namespace rawhaul::api {
namespace {

// Everything that AddRoutes works with; no request is made.
struct Parts {
  ManualClock clock;
  TempDirectory directory;
  TemporaryCatalog catalog;
  std::unique_ptr<EmbeddedStores> stores = *OpenEmbeddedStores(directory.path(), {}, clock);
  MemoryStorage storage;
  MemoryContainerFactory containers{storage};
  FakeRetryTimer timer;
  const std::unique_ptr<net::HttpClient> http_client = net::MakeHttpClient({});
  SecretBox box{Secret(std::string(32, 'k'))};
  std::unique_ptr<TokenService> tokens =
      *TokenService::Make(*SigningKey::Generate(), catalog->clients(), clock);
  CollectKeyVerifier collect_keys{catalog->apps(), clock};
  Collector collector{*stores, clock, {}};
  SegmentCollector segment{collector, stores->devices(), clock, {}};
  CampaignDelivery delivery{{*stores, catalog->campaigns(), catalog->pushes(), collector, clock}};
  const std::unique_ptr<BlobSourceFactory> sources =
      MakeBlobSourceFactory(DestinationPolicy({}), {*http_client, timer, clock});
  ExportRunner exports{{*stores, catalog->tasks(), catalog->campaigns(), containers, box, clock, timer}, {}};
  ImportRunner imports{{catalog->imports(), *sources, collector, stores->devices(), box, clock, timer},
                       std::chrono::hours(24)};
  Readiness readiness{*catalog, stores->ingest()};
  Metrics metrics;
};

// "GET /devices/{}": how a parameter is called is not part of the interface.
std::string Operation(std::string_view method, std::string_view pattern) {
  std::string operation = std::string(method) + " ";
  for (size_t i = 0; i < pattern.size(); ++i) {
    operation += pattern[i];
    if (pattern[i] == '{') i = pattern.find('}', i) - 1;
  }
  return operation;
}

std::set<std::string> Routes() {
  Parts parts;
  http::Router router;
  AddRoutes(router,
            {.catalog = *parts.catalog,
             .readiness = parts.readiness,
             .devices = parts.stores->devices(),
             .feedback = parts.stores->feedback(),
             .collector = parts.collector,
             .segment = parts.segment,
             .delivery = parts.delivery,
             .exports = parts.exports,
             .imports = parts.imports,
             .tokens = *parts.tokens,
             .collect_keys = parts.collect_keys,
             .clock = parts.clock},
            parts.metrics);
  std::set<std::string> routes;
  for (const auto& route : router.routes()) routes.insert(Operation(route->method, route->pattern));
  return routes;
}

std::set<std::string> Documented() {
  const YAML::Node document = YAML::Load(std::string(OpenApiDocument()));
  std::set<std::string> documented;
  for (const auto& path : document["paths"]) {
    for (const auto& field : path.second) {
      const auto name = field.first.as<std::string>();
      if (name == "parameters") continue;
      std::string method = name;
      std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      documented.insert(Operation(method, path.first.as<std::string>()));
    }
  }
  return documented;
}

std::vector<std::string> Without(const std::set<std::string>& some, const std::set<std::string>& others) {
  std::vector<std::string> rest;
  std::ranges::set_difference(some, others, std::back_inserter(rest));
  return rest;
}

TEST(OpenApi, EveryRouteIsDocumentedAndNothingElseIs) {
  const std::set<std::string> routes = Routes();
  const std::set<std::string> documented = Documented();
  ASSERT_GT(routes.size(), 20u);
  EXPECT_EQ(Without(routes, documented), std::vector<std::string>()) << "routes that docs/openapi.yaml lacks";
  EXPECT_EQ(Without(documented, routes), std::vector<std::string>())
      << "described, but there is no such route";
}

}  // namespace
}  // namespace rawhaul::api
