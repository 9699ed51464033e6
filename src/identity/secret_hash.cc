#include "identity/secret_hash.h"

#include <sodium.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/mutex.h"

namespace rawhaul {
namespace {

constexpr std::string_view kFastPrefix = "$sha256$";
constexpr std::string_view kSlowPrefix = "$argon2id$";

Mutex one_slow_hash;  // each takes 64 MiB while it is computed

// Picks the fastest code for this processor; safe to call again and again.
bool InitSodium() { return sodium_init() >= 0; }

bool AreEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool VerifySlowly(std::string_view secret, std::string_view hash) {
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  std::string terminated(hash);
  terminated.resize(crypto_pwhash_STRBYTES, '\0');
  const MutexLock lock(one_slow_hash);
  return InitSodium() && crypto_pwhash_str_verify(terminated.data(), secret.data(), secret.size()) == 0;
}

}  // namespace

std::string HashSecret(std::string_view secret) {
  return std::string(kFastPrefix) + Base64UrlEncode(Sha256(secret));
}

bool IsSlowHash(std::string_view hash) { return hash.starts_with(kSlowPrefix); }

bool VerifySecret(std::string_view secret, std::string_view hash) {
  return IsSlowHash(hash) ? VerifySlowly(secret, hash) : AreEqual(HashSecret(secret), hash);
}

}  // namespace rawhaul
