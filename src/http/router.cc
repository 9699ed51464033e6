#include "http/router.h"

#include <algorithm>
#include <compare>
#include <optional>

#include "base/encoding.h"

namespace rawhaul::http {
namespace {

bool IsName(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::vector<std::string> Split(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string> segments;
  if (path.empty()) return segments;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  segments.emplace_back(path);
  return segments;
}

bool DecodeInPlace(std::vector<std::string>& segments) {
  for (std::string& segment : segments) {
    auto decoded = PercentDecode(segment);
    if (!decoded || !IsUtf8(*decoded)) return false;
    segment = *std::move(decoded);
  }
  return true;
}

bool MatchesSegment(const std::string& pattern, const std::string& segment) {
  return IsName(pattern) ? !segment.empty() : EqualsIgnoreCase(pattern, segment);
}

bool Matches(const Router::Route& route, const std::vector<std::string>& path) {
  return std::equal(route.segments.begin(), route.segments.end(), path.begin(), path.end(), MatchesSegment);
}

// Less: has a literal where the other, which matches the same path, has a name. Equal: the same shape.
std::strong_ordering ComparePrecedence(const Router::Route& a, const Router::Route& b) {
  for (size_t i = 0; i < a.segments.size(); ++i) {
    const auto order = IsName(a.segments[i]) <=> IsName(b.segments[i]);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

using Candidates = std::vector<const Router::Route*>;

enum class Among { kAll, kThoseThatIgnoreEmptySegments };

// The routes of the shape that wins for `path`: they differ in method alone.
Candidates FindCandidates(const std::vector<std::unique_ptr<Router::Route>>& routes, Among among,
                          const std::vector<std::string>& path) {
  Candidates best;
  for (const auto& route : routes) {
    const bool is_asked = among == Among::kAll || route->options.ignores_empty_segments;
    if (!is_asked || !Matches(*route, path)) continue;
    const auto order = best.empty() ? std::strong_ordering::equal : ComparePrecedence(*route, *best.front());
    if (order < 0) best.clear();
    if (order <= 0) best.push_back(route.get());
  }
  return best;
}

const Router::Route* FindMethod(const Candidates& candidates, std::string_view method) {
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](auto* route) { return route->method == method; });
  if (found != candidates.end()) return *found;
  return method == "HEAD" ? FindMethod(candidates, "GET") : nullptr;
}

std::vector<std::string> AllowedMethods(const Candidates& candidates) {
  std::vector<std::string> methods;
  for (const auto* route : candidates) {
    methods.push_back(route->method);
    if (route->method == "GET") methods.emplace_back("HEAD");
  }
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  return methods;
}

std::vector<Header> NameParameters(const Router::Route& route, std::vector<std::string> path) {
  std::vector<Header> parameters;
  for (size_t i = 0; i < path.size(); ++i) {
    const std::string& pattern = route.segments[i];
    if (IsName(pattern)) parameters.emplace_back(pattern.substr(1, pattern.size() - 2), std::move(path[i]));
  }
  return parameters;
}

std::unique_ptr<Router::Route> MakeRoute(std::string_view method, std::string_view pattern,
                                         RouteOptions options) {
  auto route = std::make_unique<Router::Route>();
  route->method = method;
  route->pattern = pattern;
  route->segments = Split(pattern);
  route->options = std::move(options);
  return route;
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern, Handler handler, RouteOptions options) {
  routes_.push_back(MakeRoute(method, pattern, std::move(options)));
  routes_.back()->handler = std::move(handler);
}

void Router::AddProbe(std::string_view method, std::string_view pattern, Handler handler,
                      RouteOptions options) {
  routes_.push_back(MakeRoute(method, pattern, std::move(options)));
  routes_.back()->probe = std::move(handler);
}

void Router::AddAsync(std::string_view method, std::string_view pattern, AsyncHandler handler,
                      RouteOptions options) {
  routes_.push_back(MakeRoute(method, pattern, std::move(options)));
  routes_.back()->async = std::move(handler);
}

void Router::AddStream(std::string_view method, std::string_view pattern, StreamHandler handler,
                       RouteOptions options) {
  routes_.push_back(MakeRoute(method, pattern, std::move(options)));
  routes_.back()->stream = std::move(handler);
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  Match match;
  std::vector<std::string> segments = Split(path);
  match.bad_encoding = !DecodeInPlace(segments);
  if (match.bad_encoding) return match;
  Candidates candidates = FindCandidates(routes_, Among::kAll, segments);
  if (candidates.empty() && std::erase(segments, "") > 0) {
    candidates = FindCandidates(routes_, Among::kThoseThatIgnoreEmptySegments, segments);
  }
  match.route = FindMethod(candidates, method);
  if (match.route == nullptr) {
    match.allowed_methods = AllowedMethods(candidates);
  } else {
    match.path_parameters = NameParameters(*match.route, std::move(segments));
  }
  return match;
}

}  // namespace rawhaul::http
