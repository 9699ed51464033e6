// Of the router. An input is a method, a space and a path.
#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "http/router.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;
using http::Router;

// Literals beside names, in every order of precedence.
const Router& Routes() {
  static const Router router = [] {
    Router routes;
    const http::Handler handler = [](const http::Request&) { return http::Response{}; };
    for (const std::string_view pattern :
         {"/", "/healthz", "/collect/v1/batch", "/{tenant}/oauth2/token", "/{tenant}/oauth2/v2.0/token",
          "/subscriptions/{subscription}/apps/{app}/devices/exportTasks",
          "/subscriptions/{subscription}/apps/{app}/devices/exportTasks/{id}",
          "/subscriptions/{subscription}/apps/{app}/devices/exportTasks/events",
          "/subscriptions/{subscription}/apps/{app}/{kind}/exportTasks/{id}/cancel"}) {
      routes.Add("POST", pattern, handler);
      if (!pattern.ends_with("/cancel")) routes.Add("GET", pattern, handler);
    }
    return routes;
  }();
  return router;
}

// The path of `pattern` with its names replaced by the parameters.
std::string PathOf(const Router::Match& match) {
  std::string path;
  auto parameter = match.path_parameters.begin();
  for (const std::string& segment : match.route->segments) {
    path += "/";
    path += segment.starts_with('{') ? PercentEncode((parameter++)->second) : segment;
  }
  Require(parameter == match.path_parameters.end(), "every name has one value");
  return path;
}

void RequireMatch(const Router::Match& match, std::string_view method) {
  Require(match.route->method == method || (method == "HEAD" && match.route->method == "GET"),
          "a route is of the request's method");
  for (const auto& [name, value] : match.path_parameters) {
    Require(!value.empty() && IsUtf8(value), "a value of a path is text");
  }
  const Router::Match again = Routes().Find(method, PathOf(match));
  Require(again.route == match.route && again.path_parameters == match.path_parameters,
          "a path that is made of the values leads to the same route");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::AsText(data, size);
  const size_t space = std::min(text.find(' '), text.size());
  const std::string_view method = text.substr(0, space);
  const std::string_view path = text.substr(std::min(space + 1, text.size()));
  const Router::Match match = Routes().Find(method, path);
  if (match.route != nullptr) {
    RequireMatch(match, method);
  } else {
    Require(match.path_parameters.empty(), "values belong to a route");
  }
  for (const std::string& allowed : match.allowed_methods) {
    Require(allowed != method && Routes().Find(allowed, path).route != nullptr,
            "an allowed method is served");
  }
  const bool known = std::any_of(match.allowed_methods.begin(), match.allowed_methods.end(),
                                 [](const std::string& allowed) { return allowed == "POST"; });
  Require(
      match.route != nullptr || match.bad_encoding || known == (Routes().Find("POST", path).route != nullptr),
      "405 is said where there is another method, and 404 where there is none");
  return 0;
}
