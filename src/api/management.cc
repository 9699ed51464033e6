#include "api/management.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/errors.h"
#include "base/encoding.h"

namespace rawhaul::api {

Status CheckApiVersion(const http::Request& request) {
  const std::string* version = request.query_parameter("api-version");
  if (version == nullptr) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("The query parameter api-version is missing; use {}.", kApiVersion),
                "MissingApiVersionParameter");
  }
  if (*version == kApiVersion) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("The api-version is not supported; the only one is {}.", kApiVersion),
              "InvalidApiVersionParameter");
}

namespace {

AppPath PathOf(const http::Request& request) {
  return {.subscription = std::string(request.path_parameter("subscription")),
          .resource_group = std::string(request.path_parameter("resourceGroup")),
          .collection = std::string(request.path_parameter("collection")),
          .name = std::string(request.path_parameter("app"))};
}

// Access is checked before existence, so that nobody learns which apps exist outside of their scope.
Result<App> FindApp(const http::Request& request, const Environment& environment, Role needed) {
  const AppPath path = PathOf(request);
  RAWHAUL_ASSIGN(const Principal principal, Authenticate(request, environment.tokens));
  RAWHAUL_TRY(Authorize(principal, needed, ScopeOf(path)));
  RAWHAUL_TRY(CheckApiVersion(request));
  RAWHAUL_ASSIGN(auto app, environment.catalog.apps().Find(path));
  if (!app) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("There is no app {} in the collection {} of the resource group {}.", path.name,
                            path.collection, path.resource_group),
                "AppNotFound");
  }
  return *std::move(app);
}

bool IsHostText(std::string_view host) {
  return !host.empty() &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") ==
             std::string_view::npos;
}

std::string_view Trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Takes the first item off a list.
std::string_view TakeItem(std::string_view& list, char separator) {
  const size_t end = std::min(list.find(separator), list.size());
  const std::string_view item = Trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return item;
}

// How the client reached the first proxy: each adds its own behind those before it.
std::string_view ForwardedScheme(const http::Request& request) {
  std::string_view schemes = request.header("x-forwarded-proto");
  if (!schemes.empty()) return TakeItem(schemes, ',');
  std::string_view proxies = request.header("forwarded");  // RFC 7239: for=192.0.2.43;proto=https, ...
  std::string_view parameters = TakeItem(proxies, ',');
  while (!parameters.empty()) {
    std::string_view value = TakeItem(parameters, ';');
    const std::string_view name = TakeItem(value, '=');
    if (!EqualsIgnoreCase(name, "proto")) continue;
    value = Trim(value);
    if (value.starts_with('"') && value.ends_with('"') && value.size() > 1)
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

}  // namespace

Result<Principal> Authenticate(const http::Request& request, TokenService& tokens) {
  const std::string_view authorization = request.header("authorization");
  if (authorization.empty()) {
    return Fail(ErrorCode::kUnauthenticated,
                "The Authorization header is missing: send \"Bearer <access token>\".");
  }
  return tokens.Verify(authorization);
}

void RoutesBelowApp::Add(std::string_view method, std::string_view suffix, Role needed, AppHandler handler) {
  router_.Add(
      method, std::string(kAppPattern) + std::string(suffix),
      [environment = environment_, needed, handler = std::move(handler)](const http::Request& request) {
        const auto app = FindApp(request, environment, needed);
        if (!app) return ToResponse(app.error());
        auto response = handler(request, *app, environment);
        return response ? *std::move(response) : ToResponse(response.error());
      });
}

std::string OriginOf(const http::Request& request) {
  const bool secure = request.secure || EqualsIgnoreCase(ForwardedScheme(request), "https");
  const std::string_view host = request.header("host");
  return fmt::format("{}://{}", secure ? "https" : "http", IsHostText(host) ? host : "localhost");
}

}  // namespace rawhaul::api
