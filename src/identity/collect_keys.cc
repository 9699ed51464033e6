#include "identity/collect_keys.h"

#include <fmt/format.h>
#include <sodium.h>

#include <unordered_map>

#include "base/encoding.h"
#include "base/logging.h"
#include "base/mutex.h"
#include "identity/bearer.h"
#include "identity/fingerprint.h"
#include "identity/secret_hash.h"
#include "identity/secret_verifier.h"

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

std::optional<std::string> KeyOf(std::string_view authorization) {
  if (const auto key = BearerCredential(authorization)) return std::string(*key);
  return BasicUser(authorization);
}

tl::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kUnauthenticated, std::move(message), "InvalidCollectKey");
}

}  // namespace

NewCollectKey MakeCollectKey() {
  const std::string id = HexEncode(RandomBytes(kKeyIdBytes));
  const Secret secret(RandomToken(kSecretBytes));
  return {Secret(fmt::format("{}{}_{}", kPrefix, id, secret.Reveal())), id, HashSecret(secret.Reveal())};
}

struct CollectKeyVerifier::Impl {
  Impl(AppCatalog& app_catalog, const Clock& clock) : apps(app_catalog), verifier(clock) {}

  std::optional<uint32_t> Find(std::string_view key) const {
    const std::string fingerprint = fingerprinter.Of(key);
    const MutexLock lock(mutex);
    const auto it = known.find(fingerprint);
    return it == known.end() ? std::nullopt : std::optional(it->second);
  }

  void Remember(std::string_view key, uint32_t app) {
    const MutexLock lock(mutex);
    known.emplace(fingerprinter.Of(key), app);
  }

  // What cannot be stored now is stored the next time: the key is right all the same.
  void ReplaceHash(const KeyParts& key, std::string_view old_hash) {
    const Status stored = apps.ReplaceKeyHash(key.id, old_hash, HashSecret(key.secret));
    if (!stored) log::Warn("the old hash of a collect key stays: {}", stored.error().message);
  }

  AppCatalog& apps;
  SecretVerifier verifier;
  const std::string dummy_hash = HashSecret(RandomToken(kSecretBytes));
  const Fingerprinter fingerprinter;
  mutable Mutex mutex;
  // Fingerprint to app; right keys only.
  std::unordered_map<std::string, uint32_t> known RAWHAUL_GUARDED_BY(mutex);
};

CollectKeyVerifier::CollectKeyVerifier(AppCatalog& apps, const Clock& clock)
    : impl_(std::make_unique<Impl>(apps, clock)) {}
CollectKeyVerifier::~CollectKeyVerifier() = default;

Result<uint32_t> CollectKeyVerifier::Verify(std::string_view authorization, std::string_view address) {
  if (const auto key = KeyOf(authorization)) return VerifyKey(*key, address);
  return Refuse("the request needs the header \"Authorization: Bearer <collect key>\"");
}

std::optional<uint32_t> CollectKeyVerifier::Recognize(std::string_view authorization) const {
  const auto key = KeyOf(authorization);
  return key ? impl_->Find(*key) : std::nullopt;
}

Result<uint32_t> CollectKeyVerifier::VerifyKey(std::string_view key, std::string_view address) {
  const auto parts = SplitKey(key);
  if (!parts) return Refuse("this is no collect key: one looks like rhk_<key id>_<secret>");
  if (const auto app = impl_->Find(key)) return *app;
  RAWHAUL_ASSIGN(const auto found, impl_->apps.FindByKeyId(parts->id));
  const std::string& hash = found ? found->key_hash : impl_->dummy_hash;
  using Verdict = SecretVerifier::Verdict;
  switch (impl_->verifier.Verify(parts->id, parts->secret, hash, address).verdict) {
    case Verdict::kTooManyGuesses:
      return Fail(ErrorCode::kResourceExhausted, "too many wrong collect keys came from here",
                  "TooManyAttempts");
    case Verdict::kBusy:
      return Fail(ErrorCode::kResourceExhausted, "too many collect keys are being checked", "TooBusy");
    case Verdict::kWrong:
      return Refuse("the collect key is not known");
    case Verdict::kRightByOldHash:
      impl_->ReplaceHash(*parts, hash);
      break;
    case Verdict::kRight:
      break;
  }
  impl_->Remember(key, found->app.id);
  return found->app.id;
}

}  // namespace rawhaul
