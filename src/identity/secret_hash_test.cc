#include "identity/secret_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "identity/secret_hash_testing.h"

namespace rawhaul {
namespace {

using ::testing::MatchesRegex;

TEST(SecretHash, OfANewSecretIsSha256AndVerifiesThatOnly) {
  const std::string hash = HashSecret("secret");
  EXPECT_THAT(hash, MatchesRegex(R"(\$sha256\$[A-Za-z0-9_-]{43})"));
  EXPECT_FALSE(IsSlowHash(hash));
  EXPECT_TRUE(VerifySecret("secret", hash));
  EXPECT_FALSE(VerifySecret("secreT", hash));
  EXPECT_FALSE(VerifySecret("secret ", hash));
  EXPECT_FALSE(VerifySecret("", hash));
}

TEST(SecretHash, OfEarlierVersionsVerifiesItsSecretOnly) {
  EXPECT_TRUE(IsSlowHash(kOldHash));
  EXPECT_TRUE(VerifySecret(kOldSecret, kOldHash));
  EXPECT_FALSE(VerifySecret("a_b_C", kOldHash));
  EXPECT_FALSE(VerifySecret("", kOldHash));
}

TEST(SecretHash, WhatIsNoHashVerifiesNothing) {
  for (const std::string hash : {"", "secret", "$sha256$", "$argon2id$v=19$m=65536,t=2,p=1$"})
    EXPECT_FALSE(VerifySecret("secret", hash)) << hash;
  EXPECT_FALSE(VerifySecret("secret", std::string(1000, '$')));
  EXPECT_FALSE(VerifySecret("secret", "$argon2id$" + std::string(1000, '$')));
}

TEST(SecretHash, ThreadsTakeTurnsAtASlowOne) {
  std::vector<char> right(4);
  {
    std::vector<std::jthread> threads;
    for (char& result : right)
      threads.emplace_back([&] { result = VerifySecret(kOldSecret, kOldHash) ? 1 : 0; });
  }
  EXPECT_THAT(right, ::testing::Each(1));
}

}  // namespace
}  // namespace rawhaul
