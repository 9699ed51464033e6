#include "identity/collect_keys.h"

#include <fmt/format.h>
#include <sodium.h>

#include <unordered_map>

#include "base/encoding.h"
#include "base/mutex.h"
#include "identity/bearer.h"
#include "identity/fingerprint.h"
#include "identity/guess_limiter.h"
#include "identity/password.h"

namespace rawhaul {
namespace {

constexpr std::string_view kPrefix = "rhk_";
constexpr size_t kKeyIdBytes = 8;
constexpr size_t kSecretBytes = 32;

struct KeyParts {
  std::string_view id;
  std::string_view secret;
};

// The key id is hex; the secret may hold '_'.
std::optional<KeyParts> SplitKey(std::string_view key) {
  if (key.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  const size_t end = key.find('_');
  if (end == 0 || end >= key.size() - 1) return std::nullopt;
  return KeyParts{key.substr(0, end), key.substr(end + 1)};
}

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

tl::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kUnauthenticated, std::move(message), "InvalidCollectKey");
}

}  // namespace

Result<NewCollectKey> MakeCollectKey() {
  const std::string id = HexEncode(RandomBytes(kKeyIdBytes));
  const Secret secret(RandomToken(kSecretBytes));
  RAWHAUL_ASSIGN(std::string hash, HashPassword(secret.Reveal()));
  return NewCollectKey{Secret(fmt::format("{}{}_{}", kPrefix, id, secret.Reveal())), id, std::move(hash)};
}

struct CollectKeyVerifier::Impl {
  Impl(AppCatalog& app_catalog, const Clock& clock) : apps(app_catalog), guesses(clock) {}

  std::optional<uint32_t> Find(const std::string& fingerprint) const {
    const MutexLock lock(mutex);
    const auto it = known.find(fingerprint);
    return it == known.end() ? std::nullopt : std::optional(it->second);
  }

  AppCatalog& apps;
  const Fingerprinter fingerprinter;
  GuessLimiter guesses;
  Mutex verifying;  // held while one key is hashed
  mutable Mutex mutex;
  // Fingerprint to app; right keys only.
  std::unordered_map<std::string, uint32_t> known RAWHAUL_GUARDED_BY(mutex);
};

CollectKeyVerifier::CollectKeyVerifier(AppCatalog& apps, const Clock& clock)
    : impl_(std::make_unique<Impl>(apps, clock)) {}
CollectKeyVerifier::~CollectKeyVerifier() = default;

Result<uint32_t> CollectKeyVerifier::Verify(std::string_view authorization, std::string_view address) {
  if (const auto key = BearerCredential(authorization)) return VerifyKey(*key, address);
  if (const auto key = BasicUser(authorization)) return VerifyKey(*key, address);
  return Refuse("the request needs the header \"Authorization: Bearer <collect key>\"");
}

Result<uint32_t> CollectKeyVerifier::VerifyKey(std::string_view key, std::string_view address) {
  const auto parts = SplitKey(key);
  if (!parts) return Refuse("this is no collect key: one looks like rhk_<key id>_<secret>");
  const std::string fingerprint = impl_->fingerprinter.Of(key);
  if (const auto app = impl_->Find(fingerprint)) return *app;
  RAWHAUL_ASSIGN(const auto found, impl_->apps.FindByKeyId(parts->id));
  if (!found) return Refuse("the collect key is not known");

  // All the devices of an app come at once when a server starts: the first one pays for the hash, the others
  // wait.
  const MutexLock turn(impl_->verifying);
  if (const auto app = impl_->Find(fingerprint)) return *app;
  if (impl_->guesses.Admit(parts->id, address)) {
    return Fail(ErrorCode::kResourceExhausted, "too many wrong collect keys came from here",
                "TooManyAttempts");
  }
  if (!VerifyPassword(parts->secret, found->key_hash)) return Refuse("the collect key is not known");
  impl_->guesses.Forgive(parts->id, address);
  const MutexLock lock(impl_->mutex);
  impl_->known.emplace(fingerprint, found->app.id);
  return found->app.id;
}

}  // namespace rawhaul
