// The RSA key of the access tokens, and JSON Web Signatures (RFC 7515, compact form, RS256 only) made with
// it. cjose stays in signing_key.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rawhaul {

// Thread-safe.
class SigningKey {
 public:
  // A new RSA key of 2048 bits as a JWK (JSON) with a `kid`.
  static Result<Secret> Generate();
  // kInvalidArgument unless `jwk` is a private RSA key with a kid.
  static Result<SigningKey> Import(const Secret& jwk);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  Result<std::string> Sign(std::string_view payload) const;
  // The payload of a token that this key has signed. kUnauthenticated; the message says what is wrong with
  // the token.
  Result<std::string> Verify(std::string_view token) const;
  // The public half as one key of a JWK set.
  const std::string& public_jwk() const { return public_jwk_; }

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);
  Status Prepare();

  std::unique_ptr<Key> key_;
  std::string kid_;
  std::string public_jwk_;
};

}  // namespace rawhaul
