#pragma once

#include <optional>
#include <string_view>

namespace rawhaul {

// What follows "Bearer " (in any case, RFC 9110 11.1) in the value of an Authorization header; nullopt for
// any other scheme and for nothing.
std::optional<std::string_view> BearerCredential(std::string_view authorization);

}  // namespace rawhaul
