#include "model/app.h"

#include <array>

#include "base/encoding.h"

namespace rawhaul {
namespace {

constexpr std::array kRoles{Role::kReader, Role::kContributor, Role::kOwner};

}  // namespace

std::string_view ToString(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kContributor:
      return "contributor";
    case Role::kOwner:
      return "owner";
  }
  return "";
}

std::optional<Role> ParseRole(std::string_view text) {
  for (const Role role : kRoles) {
    if (EqualsIgnoreCase(text, ToString(role))) return role;
  }
  return std::nullopt;
}

}  // namespace rawhaul
