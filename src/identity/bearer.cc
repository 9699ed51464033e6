#include "identity/bearer.h"

#include <utility>

#include "base/encoding.h"

namespace rawhaul {
namespace {

// What follows "<scheme> ".
std::optional<std::string_view> CredentialOf(std::string_view scheme, std::string_view authorization) {
  if (!EqualsIgnoreCase(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  const std::string_view rest = authorization.substr(scheme.size());
  const size_t start = rest.find_first_not_of(' ');
  if (start == 0 || start == std::string_view::npos) return std::nullopt;
  return rest.substr(start);
}

}  // namespace

std::optional<std::string_view> BearerCredential(std::string_view authorization) {
  return CredentialOf("Bearer", authorization);
}

std::optional<BasicPair> BasicCredential(std::string_view authorization) {
  const auto encoded = CredentialOf("Basic", authorization);
  const auto pair = encoded ? Base64Decode(*encoded) : std::nullopt;
  const size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return BasicPair{pair->substr(0, colon), pair->substr(colon + 1)};
}

std::optional<std::string> BasicUser(std::string_view authorization) {
  auto pair = BasicCredential(authorization);
  return pair ? std::optional(std::move(pair->user)) : std::nullopt;
}

}  // namespace rawhaul
