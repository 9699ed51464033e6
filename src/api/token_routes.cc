#include "api/token_routes.h"

#include <boost/json.hpp>

#include "api/errors.h"
#include "api/management.h"
#include "base/time.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

enum class OAuthVersion { kV1, kV2 };

// Of a request for a token, which anybody may send: a field of two bytes takes a hundred in memory.
constexpr size_t kMaxFormBytes = 16 << 10;

std::string Seconds(Timestamp time) { return std::to_string(ToMillis(time) / 1000); }

// Version 1 of the endpoint writes numbers as strings and echoes the resource; adal caches by both.
json::object ToJson(const AccessToken& token, OAuthVersion version) {
  if (version == OAuthVersion::kV2) {
    return {{"token_type", "Bearer"}, {"expires_in", token.lifetime.count()}, {"access_token", token.token}};
  }
  json::object out{{"token_type", "Bearer"},
                   {"expires_in", std::to_string(token.lifetime.count())},
                   {"expires_on", Seconds(token.issued + token.lifetime)},
                   {"not_before", Seconds(token.issued)}};
  if (!token.resource.empty()) out["resource"] = token.resource;
  out["access_token"] = token.token;
  return out;
}

http::Response OAuthErrorResponse(const OAuthError& error) {
  const json::object body{{"error", error.error}, {"error_description", error.description}};
  http::Response response = http::JsonResponse(error.status, json::serialize(body));
  if (error.status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Rawhaul\"");
  if (error.status == 429)
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after.count()));
  return response;
}

http::Response IssueToken(const http::Request& request, TokenService& tokens, OAuthVersion version) {
  const auto token = tokens.Issue({.tenant = request.path_parameter("tenant"),
                                   .form = request.body,
                                   .authorization = request.header("authorization"),
                                   .address = request.peer});
  http::Response response = token ? http::JsonResponse(200, json::serialize(ToJson(*token, version)))
                                  : OAuthErrorResponse(token.error());
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// The login helper of ms-rest-azure wants the list of subscriptions; a client sees the one of its scope.
http::Response ListSubscriptions(const http::Request& request, TokenService& tokens) {
  const auto principal = Authenticate(request, tokens);
  if (!principal) return ToResponse(principal.error());
  const std::string id = SubscriptionOf(principal->scope);
  const json::object subscription{
      {"id", "/subscriptions/" + id}, {"subscriptionId", id}, {"displayName", id}, {"state", "Enabled"}};
  return http::JsonResponse(200, json::serialize(json::object{{"value", json::array{subscription}}}));
}

}  // namespace

void AddTokenRoutes(http::Router& router, const Environment& environment) {
  TokenService& tokens = environment.tokens;
  const auto issue = [&tokens](OAuthVersion version) {
    return [&tokens, version](const http::Request& request) { return IssueToken(request, tokens, version); };
  };
  const http::RouteOptions form{.max_body_bytes = kMaxFormBytes};
  router.Add("POST", "/{tenant}/oauth2/token", issue(OAuthVersion::kV1), form);
  router.Add("POST", "/{tenant}/oauth2/v2.0/token", issue(OAuthVersion::kV2), form);
  const auto keys = [&tokens](const http::Request&) { return http::JsonResponse(200, tokens.Jwks()); };
  router.Add("GET", "/{tenant}/discovery/keys", keys);
  router.Add("GET", "/{tenant}/discovery/v2.0/keys", keys);
  router.Add("GET", "/subscriptions",
             [&tokens](const http::Request& request) { return ListSubscriptions(request, tokens); });
}

}  // namespace rawhaul::api
