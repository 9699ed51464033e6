#include "api/collect_routes.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <utility>

#include "api/bulk.h"
#include "api/collect_request.h"
#include "api/errors.h"
#include "api/rejections.h"
#include "base/encoding.h"
#include "base/guarded.h"

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

http::Response CollectBulk(const http::Request& request, const CollectEnvironment& environment,
                           http::BodyReader& body) {
  const auto app = environment.keys.Verify(request.header("authorization"), request.peer);
  if (!app) return ToResponse(app.error());
  const std::string_view encoding = request.header("content-encoding");
  if (!encoding.empty() && !EqualsIgnoreCase(encoding, "identity")) return UnsupportedEncoding("none");
  const auto summary = ReadBulk(*app, body, environment.collector);
  return summary ? http::JsonResponse(200, json::serialize(ToJson(*summary))) : Refusal(summary.error());
}

}  // namespace

struct CollectThreads::Impl {
  explicit Impl(unsigned threads) : pool(threads) {}
  boost::asio::thread_pool pool;
};

CollectThreads::CollectThreads(unsigned threads) : impl_(std::make_unique<Impl>(threads)) {}
CollectThreads::~CollectThreads() { impl_->pool.join(); }
// A job that throws drops its responder, and whoever waits for that is answered 500.
void CollectThreads::Run(std::function<void()> job) {
  boost::asio::post(impl_->pool, [job = std::move(job)] { RunGuarded("a job of the collect threads", job); });
}

void CollectThreads::AddRoute(http::Router& router, std::string_view method, std::string_view path,
                              Handler handler, const http::RouteOptions& options) {
  const auto shared = std::make_shared<const Handler>(std::move(handler));
  router.AddAsync(
      method, path,
      [this, shared](http::Request request, http::Responder respond) {
        Run([shared, request = std::move(request), respond = std::move(respond)] {
          (*shared)(request, respond);
        });
      },
      options);
}

void AddCollectRoutes(http::Router& router, const CollectEnvironment& environment) {
  environment.threads.AddRoute(router, "POST", "/collect/v1/batch",
                               [environment](const http::Request& request, const http::Responder& respond) {
                                 CollectBatch(request, environment, respond);
                               },
                               {.max_body_bytes = kMaxBatchBytes, .ignores_empty_segments = true});
  router.AddStream("POST", "/collect/v1/bulk",
                   [environment](const http::Request& request, http::BodyReader& body) {
                     return CollectBulk(request, environment, body);
                   },
                   {.ignores_empty_segments = true});
}

}  // namespace rawhaul::api
