#include "model/app.h"

#include "model/names.h"

namespace rawhaul {
namespace {

constexpr Names<Role, 3> kRoles{{
    {Role::kReader, "reader"},
    {Role::kContributor, "contributor"},
    {Role::kOwner, "owner"},
}};

}  // namespace

std::string_view ToString(Role role) { return NameOf(kRoles, role); }
std::optional<Role> ParseRole(std::string_view text) { return ValueOf(kRoles, text); }

}  // namespace rawhaul
