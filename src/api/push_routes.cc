#include "api/push_routes.h"

#include <boost/json.hpp>

#include "api/campaign_routes.h"
#include "api/management.h"
#include "api/push_json.h"
#include "delivery/delivery.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kQueued = "queued";

http::Response Answer(const json::object& body) { return http::JsonResponse(200, json::serialize(body)); }

Result<http::Response> Push(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const Campaign campaign, FindCampaign(request, app, environment.catalog.campaigns()));
  RAWHAUL_ASSIGN(const PushBody body, ParsePushBody(request.body, campaign));
  RAWHAUL_ASSIGN(const std::vector<std::string> invalid,
                 environment.delivery.Push(campaign, body.device_ids, body.content));
  return Answer({{"invalidDeviceIds", json::array(invalid.begin(), invalid.end())}});
}

Result<http::Response> TestStored(const http::Request& request, const App& app,
                                  const Environment& environment) {
  RAWHAUL_ASSIGN(const Campaign campaign, FindCampaign(request, app, environment.catalog.campaigns()));
  RAWHAUL_ASSIGN(const TestBody body, ParseTestBody(request.body, TestOf::kStored, campaign.kind));
  RAWHAUL_TRY(
      environment.delivery.Test(app.id, campaign.kind, campaign.content.json, body.device_id, body.language));
  return Answer({{"id", campaign.id}, {"state", kQueued}});
}

Result<http::Response> TestNew(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const CampaignType kind, CampaignKindOf(request));
  RAWHAUL_ASSIGN(const TestBody body, ParseTestBody(request.body, TestOf::kNew, kind));
  RAWHAUL_TRY(environment.delivery.Test(app.id, kind, body.content, body.device_id, body.language));
  return Answer({{"state", kQueued}});
}

}  // namespace

void AddPushRoutes(http::Router& router, const Environment& environment) {
  RoutesBelowApp routes(router, environment);
  routes.Add("POST", "/campaigns/{kind}/{id}/push", Role::kContributor, Push);
  routes.Add("POST", "/campaigns/{kind}/{id}/test", Role::kContributor, TestStored);
  routes.Add("POST", "/campaigns/{kind}/test", Role::kContributor, TestNew);
}

}  // namespace rawhaul::api
