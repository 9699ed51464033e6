#include "api/metrics.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "api/openapi_document.h"

namespace rawhaul::api {
namespace {

void ObserveAnswers(Metrics& metrics, const std::string& method, const std::string& route) {
  for (const int status : {200, 201, 202, 204, 400, 401, 403, 404, 409, 413, 429, 500, 503})
    metrics.Observe({method, route, "", route, status, std::chrono::microseconds(1)});
}

// The answer is charged to who asks before it is made.
TEST(Metrics, OfAllRoutesAndTheirAnswersAreNoLongerThanIsCharged) {
  Metrics metrics;
  ObserveAnswers(metrics, "GET", "");
  size_t routes = 0;
  for (const auto& path : YAML::Load(std::string(OpenApiDocument()))["paths"]) {
    for (const auto& field : path.second) {
      auto method = field.first.as<std::string>();
      if (method == "parameters") continue;
      std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      ObserveAnswers(metrics, method, path.first.as<std::string>());
      if (method == "GET") ObserveAnswers(metrics, "HEAD", path.first.as<std::string>());
      ++routes;
    }
  }
  ASSERT_GT(routes, 20u);
  const size_t bytes = metrics.Render({}).size();
  EXPECT_LE(bytes, Metrics::kMaxBytes);
  EXPECT_GE(bytes, Metrics::kMaxBytes / 4) << "what is charged is out of proportion";
}

}  // namespace
}  // namespace rawhaul::api
