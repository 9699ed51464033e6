#include "identity/secret_verifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "base/base_testing.h"
#include "identity/secret_hash.h"
#include "identity/secret_hash_testing.h"

namespace rawhaul {
namespace {

using Verdict = SecretVerifier::Verdict;

class SecretVerifierTest : public ::testing::Test {
 protected:
  Verdict Verify(std::string_view secret, std::string_view hash, std::string_view address = "192.0.2.1") {
    return verifier_.Verify("subject", secret, hash, address).verdict;
  }
  // Until the address may guess no more.
  void UseUpGuesses(const std::string& hash) {
    int guesses = 0;
    while (Verify("wrong", hash) == Verdict::kWrong) ++guesses;
    EXPECT_EQ(guesses, 3);
  }

  ManualClock clock_;
  SecretVerifier verifier_{clock_, {.per_address = 3}};
  const std::string hash_ = HashSecret("right");
};

TEST_F(SecretVerifierTest, WrongOnesOfAnAddressAreLimitedAndSayHowLongToWait) {
  UseUpGuesses(hash_);
  const auto answer = verifier_.Verify("subject", "wrong", hash_, "192.0.2.1");
  EXPECT_EQ(answer.verdict, Verdict::kTooManyGuesses);
  EXPECT_GT(answer.retry_after, std::chrono::seconds(0));
  EXPECT_EQ(Verify("wrong", hash_, "192.0.2.2"), Verdict::kWrong);
}

TEST_F(SecretVerifierTest, ARightOneIsTakenWhateverItsAddressGuessed) {
  UseUpGuesses(hash_);
  EXPECT_EQ(Verify("right", hash_), Verdict::kRight);
  EXPECT_EQ(Verify("wrong", hash_), Verdict::kTooManyGuesses);
}

TEST_F(SecretVerifierTest, AnOldHashIsToldAndItsGuessesAreLimitedBeforeTheyCost) {
  EXPECT_EQ(Verify(kOldSecret, kOldHash), Verdict::kRightByOldHash);
  UseUpGuesses(kOldHash);
  EXPECT_EQ(Verify(kOldSecret, kOldHash), Verdict::kTooManyGuesses);
  EXPECT_EQ(Verify(kOldSecret, kOldHash, "192.0.2.2"), Verdict::kRightByOldHash);
}

TEST_F(SecretVerifierTest, FewWaitForAnOldHashAndTheOthersAreToldAtOnce) {
  std::vector<Verdict> verdicts(12);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < verdicts.size(); ++i) {
      threads.emplace_back([&, i] { verdicts[i] = Verify(kOldSecret, kOldHash, std::to_string(i)); });
    }
  }
  const auto right = std::count(verdicts.begin(), verdicts.end(), Verdict::kRightByOldHash);
  const auto busy = std::count(verdicts.begin(), verdicts.end(), Verdict::kBusy);
  EXPECT_GE(right, 1);
  EXPECT_EQ(right + busy, 12);
  EXPECT_EQ(Verify(kOldSecret, kOldHash), Verdict::kRightByOldHash) << "there is room again";
}

}  // namespace
}  // namespace rawhaul
