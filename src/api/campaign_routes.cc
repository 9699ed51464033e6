#include "api/campaign_routes.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "api/campaign_json.h"
#include "api/campaign_statistics.h"
#include "api/management.h"
#include "api/paging.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kCampaigns = "/campaigns/{kind}";
constexpr std::string_view kCampaign = "/campaigns/{kind}/{id}";
constexpr uint64_t kMaxTop = uint64_t{1} << 31;

constexpr std::array<std::string_view, 5> kOrderNames{"id", "name", "state", "activatedDate", "finishedDate"};
constexpr std::array<CampaignOrder, 5> kOrders{CampaignOrder::kId, CampaignOrder::kName,
                                               CampaignOrder::kState, CampaignOrder::kActivated,
                                               CampaignOrder::kFinished};

CampaignOrder OrderOf(std::string_view name) {
  for (size_t i = 0; i < kOrderNames.size(); ++i) {
    if (kOrderNames[i] == name) return kOrders[i];
  }
  return CampaignOrder::kId;
}

tl::unexpected<Error> NoSuchCampaign(std::string_view what, CampaignType kind) {
  return Fail(ErrorCode::kNotFound,
              fmt::format("There is no campaign {} among the {}.", what, PathNameOf(kind)),
              "CampaignNotFound");
}

http::Response Answer(int status, const json::object& body) {
  return http::JsonResponse(status, json::serialize(body));
}

Result<http::Response> Create(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const CampaignType kind, CampaignKindOf(request));
  RAWHAUL_ASSIGN(const CampaignContent content, ParseCampaign(request.body, kind));
  RAWHAUL_ASSIGN(const Campaign campaign, environment.catalog.campaigns().Create(app.id, kind, content));
  http::Response response = Answer(201, ToStateJson(campaign, environment.clock.Now()));
  response.headers.emplace_back("Location", fmt::format("{}{}/{}?api-version={}", OriginOf(request),
                                                        request.path, campaign.id, kApiVersion));
  return response;
}

Result<http::Response> Get(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const Campaign campaign, FindCampaign(request, app, environment.catalog.campaigns()));
  return Answer(200, ToJson(campaign, environment.clock.Now()));
}

Result<http::Response> GetByName(const http::Request& request, const App& app,
                                 const Environment& environment) {
  RAWHAUL_ASSIGN(const CampaignType kind, CampaignKindOf(request));
  const std::string_view name = request.path_parameter("name");
  RAWHAUL_ASSIGN(const auto campaign, environment.catalog.campaigns().FindByName(app.id, kind, name));
  if (!campaign) return NoSuchCampaign(fmt::format("\"{}\"", name), kind);
  return Answer(200, ToJson(*campaign, environment.clock.Now()));
}

Result<CampaignCatalog::Page> PageOf(const http::Request& request) {
  CampaignCatalog::Page page;
  RAWHAUL_ASSIGN(page.skip, NumberParameter(request, "$skip", 0, 0, kMaxSkip));
  RAWHAUL_ASSIGN(page.top, NumberParameter(request, "$top", kMaxTop, 1, kMaxTop));
  RAWHAUL_ASSIGN(const OrderBy order, OrderByParameter(request, kOrderNames));
  page.order = OrderOf(order.property);
  page.descending = order.descending;
  RAWHAUL_ASSIGN(page.state, StateFilter(request));
  if (const std::string* search = request.query_parameter("$search")) page.search = *search;
  return page;
}

Result<http::Response> List(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const CampaignType kind, CampaignKindOf(request));
  RAWHAUL_ASSIGN(CampaignCatalog::Page page, PageOf(request));
  const uint64_t top = page.top++;  // one more tells whether there is a next page
  const Timestamp now = environment.clock.Now();
  RAWHAUL_ASSIGN(const auto campaigns, environment.catalog.campaigns().List(app.id, kind, page, now));
  json::array value;
  for (const Campaign& campaign : campaigns) value.push_back(ToListItem(campaign, now));
  return PageResponse(request, std::move(value), page.skip, top);
}

Result<http::Response> Update(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const CampaignKey key, CampaignKeyOf(request, app));
  RAWHAUL_ASSIGN(const CampaignContent content, ParseCampaign(request.body, key.kind));
  const Timestamp now = environment.clock.Now();
  RAWHAUL_ASSIGN(const Campaign campaign, environment.catalog.campaigns().Update(key, content, now));
  return Answer(200, ToStateJson(campaign, now));
}

// An empty body, as old clients want it: they take 204 for an error.
Result<http::Response> Delete(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const CampaignKey key, CampaignKeyOf(request, app));
  RAWHAUL_TRY(environment.catalog.campaigns().Delete(key, environment.clock.Now()));
  return http::Response{};
}

Result<http::Response> Statistics(const http::Request& request, const App& app,
                                  const Environment& environment) {
  RAWHAUL_ASSIGN(const Campaign campaign, FindCampaign(request, app, environment.catalog.campaigns()));
  RAWHAUL_ASSIGN(const json::object statistics,
                 CampaignStatistics(campaign, environment.feedback, environment.stopping));
  return Answer(200, statistics);
}

using Change = Result<Campaign> (CampaignCatalog::*)(const CampaignKey&, Timestamp);

AppHandler ChangeStateBy(Change change) {
  return [change](const http::Request& request, const App& app,
                  const Environment& environment) -> Result<http::Response> {
    RAWHAUL_ASSIGN(const CampaignKey key, CampaignKeyOf(request, app));
    const Timestamp now = environment.clock.Now();
    RAWHAUL_ASSIGN(const Campaign campaign, (environment.catalog.campaigns().*change)(key, now));
    return Answer(200, ToStateJson(campaign, now));
  };
}

}  // namespace

Result<CampaignType> CampaignKindOf(const http::Request& request) {
  if (const auto kind = ParseCampaignPathName(request.path_parameter("kind"))) return *kind;
  return Fail(ErrorCode::kInvalidArgument,
              "The kind of campaigns, which follows /campaigns/ or /campaignsByName/ in the path, must be "
              "announcements, polls, dataPushes or nativePushes.",
              "InvalidParameter");
}

Result<CampaignKey> CampaignKeyOf(const http::Request& request, const App& app) {
  RAWHAUL_ASSIGN(const CampaignType kind, CampaignKindOf(request));
  const auto id = IdParameter(request);
  if (!id) return NoSuchCampaign(request.path_parameter("id"), kind);
  return CampaignKey{app.id, kind, *id};
}

Result<Campaign> FindCampaign(const http::Request& request, const App& app, CampaignCatalog& campaigns) {
  RAWHAUL_ASSIGN(const CampaignKey key, CampaignKeyOf(request, app));
  RAWHAUL_ASSIGN(auto campaign, campaigns.Find(key));
  if (!campaign) return NoSuchCampaign(request.path_parameter("id"), key.kind);
  return *std::move(campaign);
}

void AddCampaignRoutes(http::Router& router, const Environment& environment) {
  RoutesBelowApp routes(router, environment);
  routes.Add("POST", kCampaigns, Role::kContributor, Create);
  routes.Add("GET", kCampaigns, Role::kReader, List);
  routes.Add("GET", kCampaign, Role::kReader, Get);
  routes.Add("GET", "/campaignsByName/{kind}/{name}", Role::kReader, GetByName);
  routes.Add("GET", fmt::format("{}/statistics", kCampaign), Role::kReader, Statistics);
  routes.Add("PUT", kCampaign, Role::kContributor, Update);
  routes.Add("DELETE", kCampaign, Role::kContributor, Delete);

  const auto add_change = [&](std::string_view action, Change change) {
    routes.Add("POST", fmt::format("{}/{}", kCampaign, action), Role::kContributor, ChangeStateBy(change));
  };
  add_change("activate", &CampaignCatalog::Activate);
  add_change("suspend", &CampaignCatalog::Suspend);
  add_change("finish", &CampaignCatalog::Finish);
}

}  // namespace rawhaul::api
