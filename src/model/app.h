// Apps, and the clients that may call the REST API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace rawhaul {

// Names as they stand in API paths; compared without regard to case, as Azure Resource Manager does.
struct AppPath {
  std::string subscription;
  std::string resource_group;
  std::string collection;
  std::string name;
};

struct App {
  uint32_t id = 0;
  AppPath path;
  std::string platform;
  Timestamp created;
};

enum class Role { kReader, kContributor, kOwner };
std::string_view ToString(Role role);  // "reader"
std::optional<Role> ParseRole(std::string_view text);

struct Client {
  std::string id;  // a dashed GUID
  std::string tenant;
  std::string name;
  Role role = Role::kReader;
  std::string scope;  // "/subscriptions/S[/resourceGroups/G[/...]]"
};

}  // namespace rawhaul
