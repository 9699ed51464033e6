// The server's own keys: made by `rawhaul init`, kept as files that only their owner can read, in DIR/keys.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/secret.h"

namespace rawhaul {

struct ServerKeys {
  Secret signing_key;  // RSA 2048 private key, a JWK as JSON; signs access tokens (RS256)
  Secret box_key;      // 32 bytes; encrypts container URLs at rest
};

// Makes the keys that are missing and never replaces one. Files are 0600, the directory 0700.
Status CreateServerKeys(const std::filesystem::path& directory);
// kNotFound, with the command that makes them, when there are none.
Result<ServerKeys> LoadServerKeys(const std::filesystem::path& directory);

}  // namespace rawhaul
