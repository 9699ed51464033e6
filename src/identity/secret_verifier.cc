#include "identity/secret_verifier.h"

#include "identity/secret_hash.h"

namespace rawhaul {
namespace {

constexpr int kMaxSlow = 4;
constexpr std::chrono::seconds kBusyWait{1};

}  // namespace

// A right secret is looked for first: who is right owes nothing, whatever came from the same address.
SecretVerifier::Answer SecretVerifier::Verify(std::string_view subject, std::string_view secret,
                                              std::string_view hash, std::string_view address) {
  if (IsSlowHash(hash)) return VerifyOldHash(subject, secret, hash, address);
  if (VerifySecret(secret, hash)) return {Verdict::kRight};
  if (const auto wait = guesses_.Admit(subject, address)) return {Verdict::kTooManyGuesses, *wait};
  return {Verdict::kWrong};
}

SecretVerifier::Answer SecretVerifier::VerifyOldHash(std::string_view subject, std::string_view secret,
                                                     std::string_view hash, std::string_view address) {
  if (const auto wait = guesses_.Admit(subject, address)) return {Verdict::kTooManyGuesses, *wait};
  const bool has_room = slow_.fetch_add(1) < kMaxSlow;
  const bool right = has_room && VerifySecret(secret, hash);
  --slow_;
  if (!has_room || right) guesses_.Forgive(subject, address);
  if (!has_room) return {Verdict::kBusy, kBusyWait};
  return {right ? Verdict::kRightByOldHash : Verdict::kWrong};
}

}  // namespace rawhaul
