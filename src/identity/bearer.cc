#include "identity/bearer.h"

#include "base/encoding.h"

namespace rawhaul {

std::optional<std::string_view> BearerCredential(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer";
  if (!EqualsIgnoreCase(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const std::string_view rest = authorization.substr(kScheme.size());
  const size_t start = rest.find_first_not_of(' ');
  if (start == 0 || start == std::string_view::npos) return std::nullopt;
  return rest.substr(start);
}

}  // namespace rawhaul
