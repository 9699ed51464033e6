// Collect keys: what an app's devices prove themselves with. "rhk_<key id>_<secret>", the id in hex, the
// secret base64url; the catalog has the key id and an argon2id hash of the secret.
#pragma once

#include <memory>
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
Result<NewCollectKey> MakeCollectKey();

// Thread-safe. A key that was right once is remembered (as a keyed hash), so that argon2id is paid once a
// key.
class CollectKeyVerifier {
 public:
  // Both must outlive it.
  CollectKeyVerifier(AppCatalog& apps, const Clock& clock);
  ~CollectKeyVerifier();

  // The app id for "Bearer <key>", or for Basic authentication with the key as user name and any password
  // (as Segment's clients send it), sent from `address`. May block for the catalog and argon2id.
  // kUnauthenticated, kResourceExhausted after too many wrong keys (GuessLimiter), or the error of the
  // catalog.
  Result<uint32_t> Verify(std::string_view authorization, std::string_view address);
  // The same for the key itself.
  Result<uint32_t> VerifyKey(std::string_view key, std::string_view address);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
