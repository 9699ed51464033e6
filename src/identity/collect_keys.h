// Collect keys: what an app's devices prove themselves with. "rhk_<key id>_<secret>", the id in hex, the
// secret base64url; the catalog has the key id and a hash of the secret (secret_hash.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "catalog/catalog.h"

namespace rawhaul {

struct NewCollectKey {
  Secret key;  // shown to the operator once
  std::string key_id;
  std::string hash;
};
NewCollectKey MakeCollectKey();

// Thread-safe. A key that was right once is remembered (as a keyed hash), so that the catalog is asked once a
// key.
class CollectKeyVerifier {
 public:
  // Both must outlive it.
  CollectKeyVerifier(AppCatalog& apps, const Clock& clock);
  ~CollectKeyVerifier();

  // The app id for "Bearer <key>", or for Basic authentication with the key as user name and any password
  // (as Segment's clients send it), sent from `address`. May block for the catalog, and for argon2id
  // (SecretVerifier).
  // kUnauthenticated, kResourceExhausted after too many wrong keys (SecretVerifier), or the error of the
  // catalog.
  Result<uint32_t> Verify(std::string_view authorization, std::string_view address);
  // The same for the key itself.
  Result<uint32_t> VerifyKey(std::string_view key, std::string_view address);
  // The same from memory alone, of a key that was right before: never blocks. nullopt for all others.
  std::optional<uint32_t> Recognize(std::string_view authorization) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
