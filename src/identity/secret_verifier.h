// Says whether a secret is right, at a bounded price for those that are wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <string_view>

#include "base/time.h"
#include "identity/guess_limiter.h"

namespace rawhaul {

// Thread-safe. Whoever is right is never refused for what others guessed, except while the catalog still has
// an argon2id hash of the secret, which the caller replaces at the first success.
class SecretVerifier {
 public:
  enum class Verdict {
    kRight,
    kRightByOldHash,  // store HashSecret(secret) in its place
    kWrong,
    kTooManyGuesses,  // of this address, or of this subject by addresses that guess
    kBusy,            // too many argon2id hashes wait
  };
  struct Answer {
    Verdict verdict;
    std::chrono::seconds retry_after{0};  // of the last two
  };

  explicit SecretVerifier(const Clock& clock, const GuessLimits& limits = {}) : guesses_(clock, limits) {}

  // `subject`: whose secret it would be. Blocks for argon2id, where that is what `hash` is; at most four
  // callers at once wait for it.
  Answer Verify(std::string_view subject, std::string_view secret, std::string_view hash,
                std::string_view address);

 private:
  Answer VerifyOldHash(std::string_view subject, std::string_view secret, std::string_view hash,
                       std::string_view address);

  GuessLimiter guesses_;
  std::atomic<int> slow_ = 0;  // callers that compute argon2id or wait for their turn
};

}  // namespace rawhaul
