// Access tokens: who gets one, and who holds one. Wire facts: docs/api.md, "Authentication". Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "identity/access.h"

namespace rawhaul {

// An error as OAuth 2.0 (RFC 6749, 5.2) names it.
struct OAuthError {
  int status = 400;
  std::string error;  // "invalid_client"
  std::string description;
  std::chrono::seconds retry_after{0};  // of a 429
};

struct AccessToken {
  std::string token;
  std::chrono::seconds lifetime{0};
  Timestamp issued;
  std::string resource;  // as requested, echoed; empty for the v2 form
};

// A request for a token. Views live as long as the call.
struct TokenRequest {
  std::string_view tenant;
  std::string_view form;                // the body, application/x-www-form-urlencoded
  std::string_view authorization = {};  // the header, "Basic <client id and secret>"; empty without one
  std::string_view address = {};        // of the peer
};

class TokenService {
 public:
  // `clients` and `clock` must outlive it. kInvalidArgument for a signing key that cannot be used.
  static Result<std::unique_ptr<TokenService>> Make(const Secret& signing_key, ClientCatalog& clients,
                                                    const Clock& clock);
  virtual ~TokenService() = default;

  // The client proves itself in `form` or by `authorization`, not both (RFC 6749, 2.3). Only
  // grant_type=client_credentials is served. A wrong client id and a wrong secret give the same error after
  // the same work; too many of them give 429 (SecretVerifier). The id of a client whose secret is still
  // stored as argon2id can be told by the time that takes.
  virtual tl::expected<AccessToken, OAuthError> Issue(const TokenRequest& request) = 0;

  // `authorization`: the header's value, "Bearer <token>". kUnauthenticated says what is wrong, never what
  // was sent.
  virtual Result<Principal> Verify(std::string_view authorization) = 0;

  // The public key: {"keys":[...]} (RFC 7517).
  virtual std::string Jwks() const = 0;
};

}  // namespace rawhaul
