#include "api/app_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <vector>

#include "api/errors.h"
#include "api/management.h"
#include "api/request_body.h"
#include "base/encoding.h"
#include "catalog/names.h"
#include "identity/access.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kProvider = "/providers/Microsoft.MobileEngagement";
constexpr std::string_view kSubscription = "/subscriptions/{subscription}";
// Resources of Azure have a place; these are wherever the server is.
constexpr std::string_view kLocation = "global";

http::Response ValueResponse(json::array value) {
  return http::JsonResponse(200, json::serialize(json::object{{"value", std::move(value)}}));
}

json::object ResourceJson(std::string_view id, std::string_view type, json::object properties) {
  return {{"id", id},
          {"name", id.substr(id.rfind('/') + 1)},
          {"type", fmt::format("Microsoft.MobileEngagement/{}", type)},
          {"location", kLocation},
          {"tags", json::object()},
          {"properties", std::move(properties)}};
}

// "…/appcollections/C" of "…/appcollections/C/apps/N".
std::string CollectionScope(const App& app) {
  const std::string scope = ScopeOf(app.path);
  return scope.substr(0, scope.rfind("/apps/"));
}

json::object CollectionJson(const App& app) {
  return ResourceJson(CollectionScope(app), "appcollections", {{"provisioningState", "Succeeded"}});
}

json::object AppJson(const App& app) {
  return ResourceJson(
      ScopeOf(app.path), "appcollections/apps",
      {{"backendId", std::to_string(app.id)}, {"platform", app.platform}, {"appState", "Active"}});
}

// Who calls. kPermissionDenied for another subscription than that of the caller's scope, however narrow that
// is within it.
Result<Principal> AuthorizeSubscription(const http::Request& request, const Environment& environment) {
  RAWHAUL_ASSIGN(Principal principal, Authenticate(request, environment.tokens));
  const std::string subscription(request.path_parameter("subscription"));
  if (!EqualsIgnoreCase(SubscriptionOf(principal.scope), subscription)) {
    RAWHAUL_TRY(Authorize(principal, Role::kReader, "/subscriptions/" + subscription));
  }
  RAWHAUL_TRY(CheckApiVersion(request));
  return principal;
}

// The apps of the request's subscription that the caller may read: a narrow scope sees a short list, not an
// error, as in Azure.
Result<std::vector<App>> ReadableApps(const http::Request& request, const Environment& environment) {
  RAWHAUL_ASSIGN(const Principal principal, AuthorizeSubscription(request, environment));
  RAWHAUL_ASSIGN(std::vector<App> apps,
                 environment.catalog.apps().List(request.path_parameter("subscription")));
  std::erase_if(apps, [&](const App& app) { return !ScopeCovers(principal.scope, ScopeOf(app.path)); });
  return apps;
}

// One for each collection, though its apps are many.
Result<http::Response> ListCollections(const http::Request& request, const Environment& environment) {
  RAWHAUL_ASSIGN(const std::vector<App> apps, ReadableApps(request, environment));
  std::vector<std::string> seen;
  json::array value;
  for (const App& app : apps) {
    std::string key = ToLower(CollectionScope(app));
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(std::move(key));
    value.push_back(CollectionJson(app));
  }
  return ValueResponse(std::move(value));
}

Result<http::Response> ListApps(const http::Request& request, const Environment& environment) {
  RAWHAUL_ASSIGN(const std::vector<App> apps, ReadableApps(request, environment));
  json::array value;
  for (const App& app : apps) {
    if (EqualsIgnoreCase(app.path.resource_group, request.path_parameter("resourceGroup")) &&
        EqualsIgnoreCase(app.path.collection, request.path_parameter("collection"))) {
      value.push_back(AppJson(app));
    }
  }
  // A collection is there with its first app. One whose apps the caller may not read is not told of.
  if (value.empty()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("There is no app collection {} in the resource group {}.",
                            request.path_parameter("collection"), request.path_parameter("resourceGroup")),
                "AppCollectionNotFound");
  }
  return ValueResponse(std::move(value));
}

Result<std::string> RequestedName(const http::Request& request) {
  // The last two are answered.
  constexpr std::array<std::string_view, 3> kMembers{"name", "available", "unavailabilityReason"};
  RAWHAUL_ASSIGN(const json::object body, ParseBodyObject(request.body, kMembers));
  const json::value* name = FindMember(body, "name");
  if (name != nullptr && name->is_string()) return std::string(name->as_string());
  return InvalidBody(R"(The body must be a JSON object like {"name":"my-collection"}.)");
}

// Within the subscription: that is where a path names a collection. It tells of collections that the caller
// may not read that they exist, and nothing else.
Result<http::Response> CheckCollectionName(const http::Request& request, const Environment& environment) {
  RAWHAUL_TRY(AuthorizeSubscription(request, environment));
  RAWHAUL_ASSIGN(const std::string name, RequestedName(request));
  json::object out{{"name", name}, {"available", true}};
  const auto refuse = [&](std::string_view why) {
    out["available"] = false;
    out["unavailabilityReason"] = why;
  };
  if (const Status valid = CheckName("the collection's name", name, kMaxNameCharacters); !valid) {
    refuse(valid.error().message);
  } else {
    RAWHAUL_ASSIGN(const auto apps, environment.catalog.apps().List(request.path_parameter("subscription")));
    const bool is_taken = std::any_of(apps.begin(), apps.end(), [&](const App& app) {
      return EqualsIgnoreCase(app.path.collection, name);
    });
    if (is_taken) refuse("There is an app collection of this name.");
  }
  return http::JsonResponse(200, json::serialize(out));
}

Result<http::Response> ListPlatforms(const http::Request& request, const Environment& environment) {
  RAWHAUL_TRY(AuthorizeSubscription(request, environment));
  json::array platforms;
  for (const std::string_view platform : kPlatforms) platforms.push_back(json::value(platform));
  return http::JsonResponse(200, json::serialize(json::object{{"platforms", std::move(platforms)}}));
}

using Handler = Result<http::Response> (*)(const http::Request&, const Environment&);

void Add(http::Router& router, const Environment& environment, std::string_view method,
         const std::string& path, Handler handler) {
  router.Add(method, std::string(kSubscription) + path, [environment, handler](const http::Request& request) {
    auto response = handler(request, environment);
    return response ? *std::move(response) : ToResponse(response.error());
  });
}

}  // namespace

void AddAppRoutes(http::Router& router, const Environment& environment) {
  const std::string provider(kProvider);
  Add(router, environment, "GET", provider + "/appCollections", ListCollections);
  Add(router, environment, "POST", provider + "/checkAppCollectionNameAvailability", CheckCollectionName);
  Add(router, environment, "GET", provider + "/supportedPlatforms", ListPlatforms);
  Add(router, environment, "GET",
      "/resourceGroups/{resourceGroup}" + provider + "/appcollections/{collection}/apps", ListApps);
}

}  // namespace rawhaul::api
