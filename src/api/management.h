// What all operations of the REST API 2014-12-01 have in common: the version, the caller, the app.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/environment.h"
#include "http/router.h"
#include "model/app.h"

namespace rawhaul::api {

inline constexpr std::string_view kApiVersion = "2014-12-01";

// The path of an app, as a route pattern.
inline constexpr std::string_view kAppPattern =
    "/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.MobileEngagement"
    "/appcollections/{collection}/apps/{app}";

using AppHandler =
    std::function<Result<http::Response>(const http::Request&, const App&, const Environment&)>;

// Adds routes below an app.
class RoutesBelowApp {
 public:
  RoutesBelowApp(http::Router& router, const Environment& environment)
      : router_(router), environment_(environment) {}

  // `suffix` is what follows kAppPattern. The handler runs when the caller's token is good (401), its role
  // suffices for the app (403), api-version is right (400) and the app exists (404).
  void Add(std::string_view method, std::string_view suffix, Role needed, AppHandler handler);

 private:
  http::Router& router_;
  const Environment& environment_;
};

// kInvalidArgument unless the query says the one version that there is.
Status CheckApiVersion(const http::Request& request);

// Who calls, by the Authorization header.
Result<Principal> Authenticate(const http::Request& request, TokenService& tokens);

// "https://host:port", as the client addressed the server (Host; the first of X-Forwarded-Proto or
// Forwarded): the base of links.
std::string OriginOf(const http::Request& request);

}  // namespace rawhaul::api
