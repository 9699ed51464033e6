#include "identity/signing_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <boost/json.hpp>

#include "base/encoding.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr std::string_view kPayload = R"({"sub":"me"})";

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, Bytes(text), text.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return mac;
}

class SigningKeyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    key_ = new SigningKey(SigningKey::Import(SigningKey::Generate().value()).value());
  }
  static void TearDownTestSuite() { delete key_; }

  // header.payload with the header changed by `change`.
  template <typename Change>
  static std::string WithHeader(const Change& change) {
    json::object header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", PublicKey().at("kid")}};
    change(header);
    return Base64UrlEncode(json::serialize(header)) + "." + Base64UrlEncode(kPayload);
  }
  static json::object PublicKey() { return json::parse(key_->public_jwk()).as_object(); }

  static Error Refusal(std::string_view token) {
    const auto payload = key_->Verify(token);
    return payload ? Error{ErrorCode::kInternal, "it was accepted"} : payload.error();
  }

  static SigningKey* key_;
};
SigningKey* SigningKeyTest::key_ = nullptr;

TEST_F(SigningKeyTest, ASignedPayloadIsReadBack) {
  const auto token = key_->Sign(kPayload);
  ASSERT_TRUE(token);
  EXPECT_EQ(key_->Verify(*token), kPayload);
}

TEST_F(SigningKeyTest, TheHeaderNamesAlgorithmAndKey) {
  const std::string token = key_->Sign(kPayload).value();
  const auto header = json::parse(Base64UrlDecode(token.substr(0, token.find('.'))).value()).as_object();
  EXPECT_EQ(header.at("alg"), "RS256");
  EXPECT_EQ(header.at("kid"), PublicKey().at("kid"));
}

TEST_F(SigningKeyTest, ThePublishedKeyHasNoPrivatePart) {
  const json::object key = PublicKey();
  EXPECT_EQ(key.at("kty"), "RSA");
  EXPECT_EQ(key.at("use"), "sig");
  EXPECT_EQ(key.at("alg"), "RS256");
  EXPECT_EQ(key.at("e"), "AQAB");
  for (const char* name : {"kid", "n"}) EXPECT_TRUE(key.contains(name)) << name;
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi"}) EXPECT_FALSE(key.contains(name)) << name;
}

TEST_F(SigningKeyTest, AlgorithmNoneIsRefused) {
  const std::string unsigned_token = WithHeader([](json::object& header) { header["alg"] = "none"; });
  EXPECT_EQ(Refusal(unsigned_token + ".").code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(Refusal(unsigned_token + ".AAAA").code, ErrorCode::kUnauthenticated);
}

TEST_F(SigningKeyTest, AnHmacWithThePublicKeyAsItsSecretIsRefused) {
  const std::string input = WithHeader([](json::object& header) { header["alg"] = "HS256"; });
  for (const std::string& secret :
       {key_->public_jwk(), Base64UrlDecode(PublicKey().at("n").as_string().c_str()).value()}) {
    const Error error = Refusal(input + "." + Base64UrlEncode(HmacSha256(secret, input)));
    EXPECT_EQ(error.code, ErrorCode::kUnauthenticated);
    EXPECT_THAT(error.message, HasSubstr("is not signed with RS256"));
  }
}

TEST_F(SigningKeyTest, OtherAlgorithmsOfTheSameKeyAreRefused) {
  const std::string token = key_->Sign(kPayload).value();
  const std::string signature = token.substr(token.rfind('.'));
  for (const char* algorithm : {"RS384", "RS512", "PS256", "rs256", ""}) {
    const std::string input = WithHeader([&](json::object& header) { header["alg"] = algorithm; });
    EXPECT_EQ(Refusal(input + signature).code, ErrorCode::kUnauthenticated) << algorithm;
  }
}

TEST_F(SigningKeyTest, ATokenOfAnotherKeyIsRefused) {
  const auto other = SigningKey::Import(SigningKey::Generate().value());
  EXPECT_THAT(Refusal(other->Sign(kPayload).value()).message,
              HasSubstr("signed with a key of another server"));
}

TEST_F(SigningKeyTest, ATokenOfAnotherKeyUnderOurKeyIdIsRefused) {
  auto other = json::parse(SigningKey::Generate()->Reveal()).as_object();
  other["kid"] = PublicKey().at("kid");
  const auto forger = SigningKey::Import(Secret(json::serialize(other)));
  ASSERT_TRUE(forger);
  EXPECT_THAT(Refusal(forger->Sign(kPayload).value()).message, HasSubstr("has a wrong signature"));
}

TEST_F(SigningKeyTest, ATokenWithoutAKeyIdIsRefused) {
  const std::string token = key_->Sign(kPayload).value();
  const std::string input = WithHeader([](json::object& header) { header.erase("kid"); });
  EXPECT_EQ(Refusal(input + token.substr(token.rfind('.'))).code, ErrorCode::kUnauthenticated);
}

TEST_F(SigningKeyTest, EveryTruncatedTokenIsRefused) {
  const std::string token = key_->Sign(kPayload).value();
  for (size_t size = 0; size + 1 < token.size(); ++size) {
    EXPECT_EQ(Refusal(std::string_view(token).substr(0, size)).code, ErrorCode::kUnauthenticated) << size;
  }
}

// At some of these cjose would end the program.
TEST_F(SigningKeyTest, WhatIsNoBase64UrlIsRefused) {
  const std::string token = key_->Sign(kPayload).value();
  for (const char* strange : {"=", "==", "+", "/", " ", "\n", "%", "\xff"}) {
    for (size_t at = 0; at <= token.size(); ++at) {
      const std::string changed = std::string(token).insert(at, strange);
      EXPECT_THAT(Refusal(changed).message, HasSubstr("is no signed JSON Web Token")) << at;
    }
  }
  for (const std::string& parts :
       {token + ".", token + ".e30", "." + token, token.substr(0, token.rfind('.'))}) {
    EXPECT_THAT(Refusal(parts).message, HasSubstr("is no signed JSON Web Token"));
  }
}

TEST_F(SigningKeyTest, AChangedPayloadIsRefused) {
  const std::string token = key_->Sign(kPayload).value();
  const size_t first = token.find('.');
  const std::string changed =
      token.substr(0, first + 1) + Base64UrlEncode(R"({"sub":"you"})") + token.substr(token.rfind('.'));
  EXPECT_THAT(Refusal(changed).message, HasSubstr("has a wrong signature"));
}

TEST_F(SigningKeyTest, RefusalsDoNotQuoteTheToken) {
  const Error error = Refusal("quotable");
  EXPECT_THAT(error.message, ::testing::Not(HasSubstr("quotable")));
  EXPECT_EQ(error.reason, "InvalidAuthenticationToken");
}

TEST_F(SigningKeyTest, KeysThatCannotSignAreRefused) {
  const std::string own = SigningKey::Generate()->Reveal();
  auto without_kid = json::parse(own).as_object();
  without_kid.erase("kid");
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("no JSON"), json::serialize(without_kid),
        key_->public_jwk(),
        std::string(R"({"kty":"oct","kid":"x","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})")}) {
    const auto key = SigningKey::Import(Secret(text));
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(key.error().message, HasSubstr("the signing key cannot be used"));
  }
}

TEST_F(SigningKeyTest, GeneratedKeysDiffer) {
  const auto a = json::parse(SigningKey::Generate()->Reveal()).as_object();
  const auto b = json::parse(SigningKey::Generate()->Reveal()).as_object();
  EXPECT_NE(a.at("n"), b.at("n"));
  EXPECT_NE(a.at("kid"), b.at("kid"));
}

}  // namespace
}  // namespace rawhaul
