#include "api/segment_routes.h"

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "api/collect_request.h"
#include "api/errors.h"
#include "api/rejections.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

struct SegmentRoute {
  std::string_view path;
  std::string_view type;  // of its only message; empty: it is a batch of any
};
constexpr std::array<SegmentRoute, 9> kSegmentRoutes{{
    {"/v1/batch", ""},
    {"/v1/b", ""},       // what the SDKs for Swift, Kotlin and React Native say
    {"/v1/import", ""},  // what the SDKs for Android and Java say
    {"/v1/track", "track"},
    {"/v1/screen", "screen"},
    {"/v1/page", "page"},
    {"/v1/identify", "identify"},
    {"/v1/group", "group"},
    {"/v1/alias", "alias"},
}};

// 200 also when messages were refused: on anything else the clients would drop the good ones, too, and they
// would not mend the others.
http::Response OutcomeResponse(const SegmentOutcome& outcome) {
  json::array rejected;
  for (const auto& [index, error] : outcome.rejected.listed())
    rejected.push_back({{"index", index}, {"error", ErrorToJson(error)}});
  return http::JsonResponse(200, json::serialize(json::object{{"success", true},
                                                              {"accepted", outcome.accepted},
                                                              {"rejectedMessages", outcome.rejected.size()},
                                                              {"rejected", std::move(rejected)}}));
}

// {"error":{…}} as {"success":false,…,"error":{…}}: SDKs read code and message at the top. The one for Python
// takes an answer without them for a failure of the network, and sends again what was refused for good.
std::string SegmentError(std::string_view body) {
  const json::value error = json::parse(body).at("error");
  return json::serialize(json::object{
      {"success", false}, {"code", error.at("code")}, {"message", error.at("message")}, {"error", error}});
}

// Who sends no header may name the key in the body, as Segment's own server allows.
Result<uint32_t> VerifyBodyKey(const http::Request& request, const Result<segment::Body>& body,
                               CollectKeyVerifier& keys) {
  const bool is_named = body && !body->write_key.empty();
  return is_named ? keys.VerifyKey(body->write_key, request.peer) : keys.Verify("", request.peer);
}

// With a header nothing is read of the body before it is known who sends it.
void CollectSegment(const http::Request& request, std::string_view type,
                    const SegmentEnvironment& environment, const http::Responder& respond) {
  std::optional<Result<uint32_t>> app;
  if (const std::string_view header = request.header("authorization"); !header.empty()) {
    app = environment.keys.Verify(header, request.peer);
    if (!*app) return respond(ToResponse(app->error()));
  }
  std::string unpacked;
  const auto text = UnpackBody(request, segment::kMaxBodyBytes, unpacked);
  if (!text) return respond(text.error());
  auto body = environment.collector.Parse(type, *text);
  if (!app) app = VerifyBodyKey(request, body, environment.keys);
  if (!*app) return respond(ToResponse(app->error()));
  if (!body) return respond(ToResponse(body.error()));
  const auto run = [respond](std::function<void()> job) { respond.Run(std::move(job)); };
  environment.collector.Collect(**app, type, *std::move(body), run,
                                [respond](const Result<SegmentOutcome>& outcome) {
                                  respond(outcome ? OutcomeResponse(*outcome) : Refusal(outcome.error()));
                                });
}

}  // namespace

void AddSegmentRoutes(http::Router& router, const SegmentEnvironment& environment) {
  for (const SegmentRoute& route : kSegmentRoutes) {
    router.AddAsync(
        "POST", route.path,
        [environment, type = route.type](const http::Request& request, const http::Responder& respond) {
          CollectSegment(request, type, environment, respond);
        },
        {.max_body_bytes = segment::kMaxBodyBytes,
         .error_form = SegmentError,
         .ignores_empty_segments = true,
         .payer = PayerOf(environment.keys)});
  }
}

}  // namespace rawhaul::api
