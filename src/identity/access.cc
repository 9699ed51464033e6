#include "identity/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"
#include "catalog/names.h"

namespace rawhaul {
namespace {

struct ScopeSegment {
  std::string_view literal;  // empty: a name
  std::string_view what = {};
  size_t max_characters = 0;
};
constexpr std::array<ScopeSegment, 10> kScopeSegments{{
    {"subscriptions"},
    {"", "the scope's subscription", kMaxNameCharacters},
    {"resourceGroups"},
    {"", "the scope's resource group", kMaxResourceGroupCharacters},
    {"providers"},
    {"Microsoft.MobileEngagement"},
    {"appcollections"},
    {"", "the scope's collection", kMaxNameCharacters},
    {"apps"},
    {"", "the scope's app", kMaxNameCharacters},
}};

// A scope ends behind a name.
bool IsScopeLength(size_t segments) {
  return segments == 2 || segments == 4 || segments == 8 || segments == 10;
}

// Without the empty part in front of the leading '/'.
std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

tl::unexpected<Error> RefuseScope() {
  return Fail(ErrorCode::kInvalidArgument,
              "the scope must be /subscriptions/S[/resourceGroups/G[/providers/Microsoft.MobileEngagement/"
              "appcollections/C[/apps/N]]]");
}

}  // namespace

bool ScopeCovers(std::string_view scope, std::string_view path) {
  if (scope.empty() || path.size() < scope.size()) return false;
  if (!EqualsIgnoreCase(path.substr(0, scope.size()), scope)) return false;
  return path.size() == scope.size() || path[scope.size()] == '/';
}

std::string ScopeOf(const AppPath& app) {
  return fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MobileEngagement/appcollections/{}/apps/{}",
      app.subscription, app.resource_group, app.collection, app.name);
}

Status CheckScope(std::string_view scope) {
  if (scope.empty() || scope.front() != '/') return RefuseScope();
  const std::vector<std::string_view> segments = SplitPath(scope);
  if (!IsScopeLength(segments.size())) return RefuseScope();
  for (size_t i = 0; i < segments.size(); ++i) {
    const ScopeSegment& expected = kScopeSegments[i];
    if (expected.literal.empty()) {
      RAWHAUL_TRY(CheckName(expected.what, segments[i], expected.max_characters));
    } else if (!EqualsIgnoreCase(segments[i], expected.literal)) {
      return RefuseScope();
    }
  }
  return {};
}

Status Authorize(const Principal& principal, Role needed, std::string_view path) {
  if (!ScopeCovers(principal.scope, path)) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("the client {} has no rights on '{}': its scope is '{}'", principal.client_id,
                            path, principal.scope),
                "AuthorizationFailed");
  }
  if (principal.role < needed) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("the client {} has the role {} on '{}', this needs the role {}",
                            principal.client_id, ToString(principal.role), path, ToString(needed)),
                "AuthorizationFailed");
  }
  return {};
}

std::string SubscriptionOf(std::string_view scope) {
  const std::vector<std::string_view> segments = SplitPath(scope);
  return segments.size() < 2 ? std::string() : std::string(segments[1]);
}

}  // namespace rawhaul
