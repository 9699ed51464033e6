#include "identity/tokens.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cctype>
#include <thread>
#include <vector>

#include "base/base_testing.h"
#include "base/encoding.h"
#include "catalog/catalog_testing.h"
#include "identity/registration.h"
#include "identity/secret_hash.h"
#include "identity/secret_hash_testing.h"
#include "identity/signing_key.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAddress = "203.0.113.7";
constexpr Timestamp kStart = FromMillis(1'461'663'000'518);

class FailingClients final : public ClientCatalog {
 public:
  Status Create(const Client&, std::string_view, Timestamp) override {
    return Fail(ErrorCode::kUnavailable, "down");
  }
  Result<std::optional<ClientWithSecret>> Find(std::string_view, std::string_view) override {
    return Fail(ErrorCode::kUnavailable, "the password is hunter2");
  }
  Status ReplaceSecretHash(std::string_view, std::string_view, std::string_view) override {
    return Fail(ErrorCode::kUnavailable, "down");
  }
};

// One client, whose secret can be replaced.
class ReplaceableClient final : public ClientCatalog {
 public:
  Status Create(const Client&, std::string_view, Timestamp) override { return {}; }
  Result<std::optional<ClientWithSecret>> Find(std::string_view, std::string_view id) override {
    if (id != "job") return std::nullopt;
    ClientWithSecret found;
    found.client.id = id;
    found.secret_hash = hash;
    return found;
  }
  Status ReplaceSecretHash(std::string_view, std::string_view from, std::string_view to) override {
    if (hash == from) hash = to;
    return {};
  }
  std::string hash = HashSecret("old");
};

// Made once for all tests: a signing key takes long to draw.
struct World {
  ManualClock clock{kStart};
  TemporaryCatalog catalog;
  Secret jwk = SigningKey::Generate().value();
  NewClient client = CreateClient(catalog->clients(), "my-tenant", "job", Role::kContributor,
                                  "/subscriptions/S", clock.Now())
                         .value();
  std::unique_ptr<TokenService> tokens = TokenService::Make(jwk, catalog->clients(), clock).value();
  std::string issued;
};

class TokensTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new World;
    world_->issued =
        "Bearer " +
        world_->tokens->Issue({.tenant = "my-tenant", .form = Form(), .address = kAddress})->token;
  }
  static void TearDownTestSuite() { delete world_; }
  void SetUp() override { clock_.Set(kStart); }

  static std::string Form(const std::string& more = "") {
    return "grant_type=client_credentials&client_id=" + world_->client.client.id +
           "&client_secret=" + PercentEncode(world_->client.secret.Reveal()) + more;
  }
  OAuthError IssueError(std::string_view form, std::string_view tenant = "my-tenant") {
    const auto token = tokens_->Issue({.tenant = tenant, .form = form, .address = kAddress});
    return token ? OAuthError{200, "issued", ""} : token.error();
  }
  // A token of the time at which each test starts.
  static const std::string& Issued() { return world_->issued; }
  Error VerifyError(std::string_view authorization) {
    const auto principal = tokens_->Verify(authorization);
    return principal ? Error{ErrorCode::kInternal, "it was accepted"} : principal.error();
  }
  static json::object Claims() {
    const std::string& token = Issued();
    const size_t first = token.find('.') + 1;
    return json::parse(Base64UrlDecode(token.substr(first, token.rfind('.') - first)).value()).as_object();
  }
  // A token of this server's key with claims that Issue would not write.
  template <typename Change>
  static std::string Signed(const Change& change) {
    json::object claims = Claims();
    change(claims);
    return "Bearer " + SigningKey::Import(world_->jwk)->Sign(json::serialize(claims)).value();
  }

  static World* world_;
  ManualClock& clock_ = world_->clock;
  const NewClient& client_ = world_->client;
  TokenService* tokens_ = world_->tokens.get();
};
World* TokensTest::world_ = nullptr;

TEST_F(TokensTest, TheHolderOfATokenIsItsClient) {
  const auto principal = tokens_->Verify(Issued());
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_EQ(principal->client_id, client_.client.id);
  EXPECT_EQ(principal->tenant, "my-tenant");
  EXPECT_EQ(principal->role, Role::kContributor);
  EXPECT_EQ(principal->scope, "/subscriptions/S");
}

TEST_F(TokensTest, ATokenHasTheClaimsOfItsClientAndAnHourToLive) {
  const json::object claims = Claims();
  const int64_t now = 1'461'663'000;
  EXPECT_EQ(claims.at("iss"), "rawhaul");
  EXPECT_EQ(claims.at("aud"), "rawhaul");
  EXPECT_EQ(claims.at("sub").as_string(), client_.client.id);
  EXPECT_EQ(claims.at("appid").as_string(), client_.client.id);
  EXPECT_EQ(claims.at("tid"), "my-tenant");
  EXPECT_EQ(claims.at("role"), "contributor");
  EXPECT_EQ(claims.at("scp"), "/subscriptions/S");
  EXPECT_EQ(claims.at("iat"), now);
  EXPECT_EQ(claims.at("nbf"), now);
  EXPECT_EQ(claims.at("exp"), now + 3600);
  const auto issued = tokens_->Issue({.tenant = "my-tenant", .form = Form(), .address = kAddress});
  EXPECT_EQ(issued->lifetime, seconds(3600));
  EXPECT_EQ(issued->issued, clock_.Now());
}

TEST_F(TokensTest, TheRequestedResourceIsEchoed) {
  const auto issued = tokens_->Issue({.tenant = "my-tenant",
                                      .form = Form("&resource=https%3A%2F%2Fmanagement.core.windows.net%2F"),
                                      .address = kAddress});
  ASSERT_TRUE(issued);
  EXPECT_EQ(issued->resource, "https://management.core.windows.net/");
}

TEST_F(TokensTest, TheFormOfTheV2EndpointIsTakenWithoutAResource) {
  const auto issued = tokens_->Issue({.tenant = "my-tenant",
                                      .form = Form("&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"),
                                      .address = kAddress});
  ASSERT_TRUE(issued);
  EXPECT_EQ(issued->resource, "");
}

TEST_F(TokensTest, TenantAndClientIdAreTakenInAnyCase) {
  std::string id = client_.client.id;
  for (char& c : id) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(tokens_->Issue({.tenant = "MY-TENANT",
                              .form = "client_id=" + id + "&client_secret=" + client_.secret.Reveal() +
                                      "&grant_type=client_credentials",
                              .address = kAddress}));
}

// RFC 6749, 2.3.1.
TEST_F(TokensTest, AClientMayProveItselfByHttpBasic) {
  const auto issue = [&](const std::string& pair, std::string_view form) -> std::string {
    const auto token = tokens_->Issue({.tenant = "my-tenant",
                                       .form = form,
                                       .authorization = "Basic " + Base64Encode(pair),
                                       .address = kAddress});
    return token ? "token" : std::to_string(token.error().status) + " " + token.error().error;
  };
  constexpr std::string_view kForm = "grant_type=client_credentials";
  const std::string& secret = client_.secret.Reveal();
  const std::string& id = client_.client.id;
  EXPECT_EQ(issue(id + ":" + secret, kForm), "token");
  // Both are encoded as in a form, needed or not.
  std::string encoded;
  for (const char c : secret) encoded += "%" + HexEncode(std::string_view(&c, 1));
  EXPECT_EQ(issue("%" + HexEncode(id.substr(0, 1)) + id.substr(1) + ":" + encoded, kForm), "token");
  EXPECT_EQ(issue(id + ":" + secret, "grant_type=client_credentials&client_id=" + id), "token");

  EXPECT_EQ(issue(id + ":" + secret, Form()), "400 invalid_request") << "both ways at once";
  EXPECT_EQ(issue(id + ":" + secret, "grant_type=client_credentials&client_id=other"), "400 invalid_request");
  EXPECT_EQ(issue(id + ":hunter2", kForm), "401 invalid_client");
  EXPECT_EQ(issue(id + ":", kForm), "401 invalid_client");
  EXPECT_EQ(issue(":", kForm), "401 invalid_client");
  EXPECT_EQ(issue(id, kForm), "401 invalid_client") << "no colon";
  EXPECT_EQ(issue(id + ":" + secret + "&x", kForm), "401 invalid_client") << "not encoded";
  EXPECT_EQ(issue(id + ":%zz", kForm), "401 invalid_client");
  EXPECT_EQ(issue(id + ":" + secret, "grant_type=refresh_token"), "400 invalid_grant");
}

TEST_F(TokensTest, AnotherSchemeOfAuthorizationIsRefused) {
  for (const std::string authorization : {"Bearer x", "Basic", "Basic !", "Digest username=x"}) {
    const auto token = tokens_->Issue({.tenant = "my-tenant",
                                       .form = "grant_type=client_credentials",
                                       .authorization = authorization,
                                       .address = kAddress});
    ASSERT_FALSE(token) << authorization;
    EXPECT_EQ(token.error().status, 401);
    EXPECT_EQ(token.error().error, "invalid_client");
  }
}

TEST_F(TokensTest, AWrongSecretClientOrTenantGivesTheSameError) {
  const std::string grant = "grant_type=client_credentials&client_id=";
  const OAuthError wrong_secret = IssueError(grant + client_.client.id + "&client_secret=hunter2");
  EXPECT_EQ(wrong_secret.status, 401);
  EXPECT_EQ(wrong_secret.error, "invalid_client");
  EXPECT_THAT(wrong_secret.description, Not(HasSubstr("hunter2")));
  for (const OAuthError& other : {IssueError(grant + "nobody&client_secret=" + client_.secret.Reveal()),
                                  IssueError(Form(), "other-tenant"), IssueError(Form(), "")}) {
    EXPECT_EQ(other.status, wrong_secret.status);
    EXPECT_EQ(other.error, wrong_secret.error);
    EXPECT_EQ(other.description, wrong_secret.description);
  }
}

TEST_F(TokensTest, ARefreshTokenIsNeverTakenNotEvenWithTheSecret) {
  // As adal-node sends it when its cached token has run out.
  for (const std::string& form : {"grant_type=refresh_token&scope=openid&client_id=" + client_.client.id +
                                      "&resource=https%3A%2F%2Fmanagement.core.windows.net%2F&refresh_token=",
                                  "grant_type=refresh_token&refresh_token=x&client_id=" + client_.client.id +
                                      "&client_secret=" + client_.secret.Reveal()}) {
    EXPECT_EQ(IssueError(form).status, 400);
    EXPECT_EQ(IssueError(form).error, "invalid_grant");
  }
}

TEST_F(TokensTest, OtherGrantsAreUnsupported) {
  for (const std::string grant : {"password", "authorization_code", "Client_Credentials", "x"}) {
    const OAuthError error = IssueError("client_id=a&client_secret=b&grant_type=" + grant);
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.error, "unsupported_grant_type");
    EXPECT_THAT(error.description, HasSubstr("client_credentials"));
  }
}

TEST_F(TokensTest, AMissingFieldIsNamed) {
  const auto expect_missing = [&](const std::string& form, const std::string& field) {
    const OAuthError error = IssueError(form);
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.error, "invalid_request");
    EXPECT_THAT(error.description, HasSubstr("\"" + field + "\" is missing"));
  };
  expect_missing("", "grant_type");
  expect_missing("client_id=a&client_secret=b", "grant_type");
  expect_missing("grant_type=client_credentials&client_secret=b", "client_id");
  expect_missing("grant_type=client_credentials&client_id=a", "client_secret");
  expect_missing("grant_type=client_credentials&client_id=a&client_secret=", "client_secret");
}

TEST_F(TokensTest, ABadFormIsAnInvalidRequest) {
  for (const std::string& form : {Form("&resource=%zz"), Form("&client_id=other")}) {
    EXPECT_EQ(IssueError(form).status, 400);
    EXPECT_EQ(IssueError(form).error, "invalid_request");
  }
}

TEST_F(TokensTest, ACatalogThatDoesNotAnswerIsTemporary) {
  FailingClients clients;
  const auto tokens = TokenService::Make(world_->jwk, clients, clock_).value();
  tokens_ = tokens.get();
  const OAuthError error = IssueError(Form());
  EXPECT_EQ(error.status, 503);
  EXPECT_EQ(error.error, "temporarily_unavailable");
  EXPECT_THAT(error.description, Not(HasSubstr("hunter2")));
}

TEST_F(TokensTest, TooManyWrongSecretsOfAnAddressAre429AndHoldUpNobodyElse) {
  ReplaceableClient clients;
  const auto tokens = TokenService::Make(world_->jwk, clients, clock_).value();
  const auto status_of = [&](std::string_view id, std::string_view secret, std::string_view address) {
    const std::string form =
        fmt::format("grant_type=client_credentials&client_id={}&client_secret={}", id, secret);
    const auto token = tokens->Issue({.tenant = "t", .form = form, .address = address});
    return token ? 200 : token.error().status;
  };
  int refused = 0;
  for (int i = 0; i < 20; ++i)
    refused += status_of(i % 2 == 0 ? "job" : "nobody", "wrong", "192.0.2.1") == 401 ? 1 : 0;
  EXPECT_EQ(refused, 20);
  EXPECT_EQ(status_of("job", "wrong", "192.0.2.1"), 429);
  EXPECT_EQ(status_of("nobody", "wrong", "192.0.2.1"), 429);
  EXPECT_EQ(status_of("job", "old", "192.0.2.1"), 200) << "who is right is never behind who guesses";
  clock_.Advance(seconds(3));
  EXPECT_EQ(status_of("job", "wrong", "192.0.2.1"), 401);
}

TEST_F(TokensTest, ASecretThatWasReplacedIsGoodNoMore) {
  ReplaceableClient clients;
  const auto tokens = TokenService::Make(world_->jwk, clients, clock_).value();
  const std::string form = "grant_type=client_credentials&client_id=job&client_secret=";
  EXPECT_TRUE(tokens->Issue({.tenant = "t", .form = form + "old", .address = kAddress}));
  clients.hash = HashSecret("new");
  EXPECT_FALSE(tokens->Issue({.tenant = "t", .form = form + "old", .address = kAddress}));
  EXPECT_TRUE(tokens->Issue({.tenant = "t", .form = form + "new", .address = kAddress}));
}

TEST_F(TokensTest, TheHashOfAnEarlierVersionIsReplacedByTheFirstRightSecret) {
  ReplaceableClient clients;
  clients.hash = kOldHash;
  const auto tokens = TokenService::Make(world_->jwk, clients, clock_).value();
  const std::string form = "grant_type=client_credentials&client_id=job&client_secret=";
  EXPECT_FALSE(tokens->Issue({.tenant = "t", .form = form + "wrong", .address = kAddress}));
  EXPECT_EQ(clients.hash, kOldHash);
  EXPECT_TRUE(tokens->Issue({.tenant = "t", .form = form + kOldSecret, .address = kAddress}));
  EXPECT_EQ(clients.hash, HashSecret(kOldSecret));
  EXPECT_TRUE(tokens->Issue({.tenant = "t", .form = form + kOldSecret, .address = kAddress}));
}

TEST_F(TokensTest, AnUnusableSigningKeyIsRefused) {
  const auto made = TokenService::Make(Secret("{}"), world_->catalog->clients(), clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(TokensTest, ATokenExpiresAfterAnHourAndAMinuteOfSkew) {
  const std::string token = Issued();
  clock_.Advance(seconds(3600 + 59));
  EXPECT_TRUE(tokens_->Verify(token));
  clock_.Advance(seconds(1));
  const Error error = VerifyError(token);
  EXPECT_EQ(error.code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(error.reason, "ExpiredAuthenticationToken");
}

TEST_F(TokensTest, ATokenOfTheFutureIsNotValidYetButForAMinuteOfSkew) {
  const std::string token = Issued();
  clock_.Advance(-seconds(60));
  EXPECT_TRUE(tokens_->Verify(token));
  clock_.Advance(-seconds(1));
  EXPECT_THAT(VerifyError(token).message, HasSubstr("is not valid yet"));
}

TEST_F(TokensTest, ATokenForAnotherServiceIsRefused) {
  for (const char* claim : {"iss", "aud"}) {
    const std::string token =
        Signed([&](json::object& claims) { claims[claim] = "https://sts.windows.net/"; });
    EXPECT_THAT(VerifyError(token).message, HasSubstr("was not issued for this service"));
  }
}

TEST_F(TokensTest, ATokenThatLacksAClaimIsRefused) {
  for (const char* claim : {"iss", "aud", "sub", "tid", "role", "scp", "nbf", "exp"}) {
    EXPECT_EQ(VerifyError(Signed([&](json::object& claims) { claims.erase(claim); })).code,
              ErrorCode::kUnauthenticated)
        << claim;
    EXPECT_EQ(VerifyError(Signed([&](json::object& claims) { claims[claim] = nullptr; })).code,
              ErrorCode::kUnauthenticated)
        << claim;
  }
  EXPECT_EQ(VerifyError(Signed([](json::object& claims) { claims["role"] = "god"; })).code,
            ErrorCode::kUnauthenticated);
}

TEST_F(TokensTest, ATokenWhosePayloadIsNoObjectIsRefused) {
  const auto key = SigningKey::Import(world_->jwk);
  for (const std::string_view payload : {"", "[]", "text"}) {
    if (const auto token = key->Sign(payload)) {
      EXPECT_EQ(VerifyError("Bearer " + *token).code, ErrorCode::kUnauthenticated);
    }
  }
}

TEST_F(TokensTest, ATokenOfAnotherServerIsRefused) {
  const auto other =
      TokenService::Make(SigningKey::Generate().value(), world_->catalog->clients(), clock_).value();
  tokens_ = other.get();
  EXPECT_THAT(VerifyError(Issued()).message, HasSubstr("another server"));
}

TEST_F(TokensTest, WhatIsNoBearerTokenIsRefusedAndNotQuoted) {
  for (const std::string text : {"", "Bearer", "Bearer hunter2", "Basic hunter2", "hunter2"}) {
    const Error error = VerifyError(text);
    EXPECT_EQ(error.code, ErrorCode::kUnauthenticated);
    EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
  }
  EXPECT_EQ(VerifyError("").reason, "AuthenticationFailed");
}

TEST_F(TokensTest, TheKeySetHasThePublicKeyOnly) {
  const auto keys = json::parse(tokens_->Jwks()).as_object().at("keys").as_array();
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_TRUE(keys[0].as_object().contains("kid"));
  EXPECT_FALSE(keys[0].as_object().contains("d"));
}

TEST_F(TokensTest, ThreadsIssueAndVerifyAtOnce) {
  std::vector<char> right(6);
  {
    std::vector<std::jthread> threads;
    for (char& result : right) {
      threads.emplace_back([&] {
        const auto issued = tokens_->Issue({.tenant = "my-tenant", .form = Form(), .address = kAddress});
        result = issued && tokens_->Verify("Bearer " + issued->token) ? 1 : 0;
      });
    }
  }
  EXPECT_THAT(right, ::testing::Each(1));
}

}  // namespace
}  // namespace rawhaul
