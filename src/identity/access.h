// Who is calling, and what they may do.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/app.h"

namespace rawhaul {

struct Principal {
  std::string client_id;
  std::string tenant;
  Role role = Role::kReader;
  std::string scope;
};

// Whether `path` ("/subscriptions/S/resourceGroups/...", decoded segments) is `scope` or below it, by whole
// segments and without regard to case: "/subscriptions/a" does not cover "/subscriptions/ab".
bool ScopeCovers(std::string_view scope, std::string_view path);

// The path of an app:
// "/subscriptions/S/resourceGroups/G/providers/Microsoft.MobileEngagement/appcollections/C/apps/N".
std::string ScopeOf(const AppPath& app);

// kInvalidArgument when `scope` is no
// "/subscriptions/S[/resourceGroups/G[/providers/Microsoft.MobileEngagement/ appcollections/C[/apps/N]]]".
Status CheckScope(std::string_view scope);

// kPermissionDenied unless the principal has at least the role `needed` on `path`.
Status Authorize(const Principal& principal, Role needed, std::string_view path);

// The subscription named in a scope.
std::string SubscriptionOf(std::string_view scope);

}  // namespace rawhaul
