// Credentials out of an Authorization header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

// What follows "Bearer " (in any case, RFC 9110 11.1) in the value of an Authorization header; nullopt for
// any other scheme and for nothing.
std::optional<std::string_view> BearerCredential(std::string_view authorization);

// The user name of "Basic <base64 of user:password>" (RFC 7617); nullopt for any other scheme, and for what
// is not base64 or has no colon.
std::optional<std::string> BasicUser(std::string_view authorization);

// Name and password of the same header; nullopt likewise.
struct BasicPair {
  std::string user;
  std::string password;
};
std::optional<BasicPair> BasicCredential(std::string_view authorization);

}  // namespace rawhaul
