#include "identity/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rawhaul {
namespace {

using ::testing::StartsWith;

TEST(PasswordTest, AHashIsArgon2idAndVerifiesItsPasswordOnly) {
  const auto hash = HashPassword("secret");
  ASSERT_TRUE(hash);
  EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=65536,"));
  EXPECT_EQ(hash->find('\0'), std::string::npos);
  EXPECT_TRUE(VerifyPassword("secret", *hash));
  EXPECT_FALSE(VerifyPassword("secreT", *hash));
  EXPECT_FALSE(VerifyPassword("secret ", *hash));
  EXPECT_FALSE(VerifyPassword("", *hash));
}

TEST(PasswordTest, EqualPasswordsHaveDifferentHashes) {
  EXPECT_NE(HashPassword("secret"), HashPassword("secret"));
}

TEST(PasswordTest, WhatIsNoHashVerifiesNothing) {
  EXPECT_FALSE(VerifyPassword("secret", ""));
  EXPECT_FALSE(VerifyPassword("secret", "secret"));
  EXPECT_FALSE(VerifyPassword("secret", "$argon2id$v=19$m=65536,t=2,p=1$"));
  EXPECT_FALSE(VerifyPassword("secret", std::string(1000, '$')));
}

TEST(PasswordTest, MoreThreadsThanMayHashAtOnceAllGetTheirTurn) {
  const auto hash = HashPassword("secret");
  std::vector<char> right(8);
  {
    std::vector<std::jthread> threads;
    for (char& result : right)
      threads.emplace_back([&] { result = VerifyPassword("secret", *hash) ? 1 : 0; });
  }
  EXPECT_THAT(right, ::testing::Each(1));
}

}  // namespace
}  // namespace rawhaul
