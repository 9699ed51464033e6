#include "api/collect_routes.h"

#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "api/bulk.h"
#include "api/collect_request.h"
#include "api/errors.h"
#include "api/rejections.h"
#include "base/encoding.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

http::Response OutcomeResponse(const CollectOutcome& outcome) {
  // Nearly every answer, and made on the one thread that writes.
  if (outcome.rejected.empty()) {
    return http::JsonResponse(200,
                              R"({"accepted":)" + std::to_string(outcome.accepted) + R"(,"rejected":[]})");
  }
  json::array rejected;
  for (const Rejection& rejection : outcome.rejected) {
    rejected.push_back({{"index", rejection.index}, {"error", ErrorToJson(rejection.error)}});
  }
  return http::JsonResponse(
      200, json::serialize(json::object{{"accepted", outcome.accepted}, {"rejected", std::move(rejected)}}));
}

void CollectBatch(const http::Request& request, const CollectEnvironment& environment,
                  const http::Responder& respond) {
  const auto app = environment.keys.Verify(request.header("authorization"), request.peer);
  if (!app) return respond(ToResponse(app.error()));
  std::string unpacked;
  const auto body = UnpackBody(request, kMaxBatchBytes, unpacked);
  if (!body) return respond(body.error());
  environment.collector.Collect(*app, *body, [respond](const Result<CollectOutcome>& outcome) {
    respond(outcome ? OutcomeResponse(*outcome) : Refusal(outcome.error()));
  });
}

std::shared_ptr<http::BodyTaker> CollectBulk(const http::Request& request,
                                             const CollectEnvironment& environment,
                                             const http::Responder& respond) {
  const auto app = environment.keys.Verify(request.header("authorization"), request.peer);
  if (!app) {
    respond(ToResponse(app.error()));
    return nullptr;
  }
  const std::string_view encoding = request.header("content-encoding");
  if (!encoding.empty() && !EqualsIgnoreCase(encoding, "identity")) {
    respond(UnsupportedEncoding("none"));
    return nullptr;
  }
  return TakeBulk(*app, environment.collector, respond);
}

}  // namespace

void AddCollectRoutes(http::Router& router, const CollectEnvironment& environment) {
  router.AddAsync(
      "POST", "/collect/v1/batch",
      [environment](const http::Request& request, const http::Responder& respond) {
        CollectBatch(request, environment, respond);
      },
      {.max_body_bytes = kMaxBatchBytes, .ignores_empty_segments = true, .payer = PayerOf(environment.keys)});
  router.AddStream("POST", "/collect/v1/bulk",
                   [environment](const http::Request& request, const http::Responder& respond) {
                     return CollectBulk(request, environment, respond);
                   },
                   {.ignores_empty_segments = true, .payer = PayerOf(environment.keys)});
}

}  // namespace rawhaul::api
