#include "identity/password.h"

#include <sodium.h>

#include <semaphore>

namespace rawhaul {
namespace {

// Each hash takes 64 MiB while it is computed: a burst of logins waits instead of filling the memory.
std::counting_semaphore<> hashing(4);

class HashingPermit {
 public:
  HashingPermit() { hashing.acquire(); }
  HashingPermit(const HashingPermit&) = delete;
  HashingPermit& operator=(const HashingPermit&) = delete;
  ~HashingPermit() { hashing.release(); }
};

// Picks the fastest code for this processor; safe to call again and again.
bool InitSodium() { return sodium_init() >= 0; }

}  // namespace

Result<std::string> HashPassword(std::string_view password) {
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  const HashingPermit permit;
  if (!InitSodium() ||
      crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Fail(ErrorCode::kInternal, "a secret cannot be hashed: there is too little memory");
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool VerifyPassword(std::string_view password, std::string_view hash) {
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  std::string terminated(hash);
  terminated.resize(crypto_pwhash_STRBYTES, '\0');
  const HashingPermit permit;
  return InitSodium() && crypto_pwhash_str_verify(terminated.data(), password.data(), password.size()) == 0;
}

}  // namespace rawhaul
