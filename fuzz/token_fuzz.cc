// Of access tokens: whoever is let in holds a token that was signed for this service, as long as it lasts. An
// input is the value of an Authorization header.
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/base_testing.h"
#include "identity/bearer.h"
#include "identity/signing_key.h"
#include "identity/tokens.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;
namespace json = boost::json;

// Of this target alone, and fixed: so the corpus can hold tokens that were signed with it.
constexpr std::string_view kKey =
    R"({"kty":"RSA","kid":"fuzz","e":"AQAB","n":"oZ7ZMgodlhSE2p6AxdPBJqlqKmgOSe8_4GjNftp5wQyybFBIxPGZN7)"
    R"(ybzjG9z-a6RgOkOPxsFl9qbj940B3i6Uty-vQr0ZLBKyiq4NPElk8VGmbqArVbH6gEv6K1-eMEcaiVdVNYjgtqzytEP3MWzD)"
    R"(Os5BucPKLKdxDni86mhOMEk-XakkFRmGI7h9U65C-EehmLq0vJ3KAPPDHdemfLXnx_UEaPmgJ-K60a_69ZvJH45oHOG_fo9h)"
    R"(DodHCkZWrFFtF10OAnyPUjViwlJk-n0IUx0M6gOXY08bpWUOVEXHSlyT_-O3oAHsI7vLnHIzLZe7M-1guPEzZahZcQbNWhMQ)"
    R"(","d":"D8D0NpuUD_Sa0RUFZBMclxRJLg5Dw0rr-Oe6TSDGYK4IR8TJHRJYLx3GOaJxWC4rLscs1yWqswEUtp-e-vlIzJj_Q)"
    R"(Y0yprxVciumAWF-_nBBtDe_HGm5UsP9x4C4mH2biaknPV8VCQ59mClFXyJsoNWyJu92ipYLInE-QqtPYbE39jI3gqM9MAZLt)"
    R"(LJLcUGhlV6iDx7kEivHtzG6mHLm_6DJHFVBni_6lxY_UrLh3Kt2LhrD8sBLgWxK-0xPzFPyFMfvrC0Nsth15usGTspUCqSeC)"
    R"(BD0Y6F4GI9Qgfjpc2WjcIjYGFWOniAga7ec6Cf7gTPDvgQQeEk5PJ9SlxNDiQ","p":"2vzNBkF9I-UDQw4MmB1qn1lmISx7)"
    R"(NjR2aPxuKMTa49XJRHw5L_QX-qoHOCKtz1fmOTQbAxswKiiynqzAthHbjDB8hn7VBO8QahQAy409wkDHrlZJ_0Z2nuSwUo_i)"
    R"(gc2mEhtU9qoFIlY4DfHVX1MOGSXUMSFX9uTAvZ2zRp7Gqtk","q":"vO_hLD6VJfNj81yN8kbjju7KIYjrpjvfaoyhGugdQ6)"
    R"(8KNi4R0FbmjNx1PpnF5wsG0FSBJleENvn6qYOW0g2o9rKlKmK126DGrtqhUeGJ91sL0SAUsVsyiBbAL1p2tpVQwURcYnwYhZ)"
    R"(zJ73FvVAz1-Ru_aDPa7tpw19iqBxKbQhk","dp":"FpyJ0v6KHF22Q4M826wV6VRCzmQYaNVr8JU4Dq-c5m-Zs5-cDA6JN1G)"
    R"(9Ixe5mLI7zGZL77sr8v52yxmNYH9hiw0qnnyUJElHCZz9JAd2fAtSUvcH9vrgnrGAX1YKDlscrbvyvvF5TD1Y1l_FJ22dBA2)"
    R"(65kPKIG0oVavl6gHVA6k","dq":"eMGcmmm5bBMeu-lY9BOo1675U-uuKYY06mXNhmP6aEsU7MIPMqiIHFm_Oe6QlXXvufF4)"
    R"(xifDYlvtgLCREdoXNu3BMND8SM5-jj1ARBQx2P3BFL07XIvcRSy9Usav_0x527y0i2GjTqqCSl6m-AJ8p-W7NX-HG4hT_TEG)"
    R"(oxSaVOk","qi":"wT0ZtW2-ET8jeJDTR7EUZHFKBi4IdX7bk4pCr-41AsMoshfrwkuwV6Ugi2N_fnp1O1meCtVryA5-PZQ5H)"
    R"(c34603rWXd02dHMb5Wmca-6Qzv_A_UROYkOB39SfpDZNFz9UPc5m8Wt9V9xf2lBvyIOh_t4koW4WLCov0Lg7URUw7E"})";

class NoClients final : public ClientCatalog {
 public:
  Status Create(const Client&, std::string_view, Timestamp) override { return Unavailable(); }
  Result<std::optional<ClientWithSecret>> Find(std::string_view, std::string_view) override {
    return Unavailable();
  }
  Status ReplaceSecretHash(std::string_view, std::string_view, std::string_view) override {
    return Unavailable();
  }

 private:
  static tl::unexpected<Error> Unavailable() { return Fail(ErrorCode::kUnavailable, "no clients here"); }
};

json::object Claims(Timestamp now) {
  const int64_t issued = ToMillis(now) / 1000;
  return {{"iss", "rawhaul"},
          {"aud", "rawhaul"},
          {"sub", "job"},
          {"appid", "job"},
          {"tid", "tenant"},
          {"role", "reader"},
          {"scp", "/subscriptions/s"},
          {"iat", issued},
          {"nbf", issued},
          {"exp", issued + 3600}};
}

class World {
 public:
  World() {
    Sign(Claims(clock_.Now()), true);
    for (const auto& [name, value] : Flaws()) {
      json::object claims = Claims(clock_.Now());
      if (value.is_null()) {
        claims.erase(name);
      } else {
        claims[name] = value;
      }
      Sign(claims, false);
    }
    Sign(json::array{}, false);
  }

  Result<Principal> Verify(std::string_view authorization) { return tokens_->Verify(authorization); }
  // Of "Bearer <token>", whether the token was signed with the key, and if so whether it lets in.
  std::optional<bool> Expected(std::string_view token) const {
    const auto found = signed_.find(std::string(token.substr(0, token.rfind('.'))));
    return found == signed_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::vector<std::pair<std::string, json::value>> Flaws() const {
    const int64_t now = ToMillis(clock_.Now()) / 1000;
    return {{"iss", "other"},       {"aud", "other"},    {"role", "king"},
            {"exp", now - 3600},    {"nbf", now + 3600}, {"role", json::value()},
            {"exp", json::value()}, {"scp", 7},          {"exp", "never"}};
  }

  void Sign(const json::value& claims, bool lets_in) {
    const std::string token = key_.Sign(json::serialize(claims)).value();
    signed_.emplace(token.substr(0, token.rfind('.')), lets_in);
    Require(Verify("Bearer " + token).has_value() == lets_in,
            "a good token lets in, and a flawed one does not");
  }

  const ManualClock clock_;
  NoClients clients_;
  const SigningKey key_ = SigningKey::Import(Secret(std::string(kKey))).value();
  const std::unique_ptr<TokenService> tokens_ =
      TokenService::Make(Secret(std::string(kKey)), clients_, clock_).value();
  std::map<std::string, bool> signed_;  // header and payload as they were signed
};

void RequireCredential(std::string_view authorization, std::string_view credential) {
  Require(authorization.ends_with(credential) && !credential.starts_with(' ') && !credential.empty(),
          "a credential is the rest of the header");
}

void RequireSilent(const Error& error, std::string_view credential) {
  Require(error.code == ErrorCode::kUnauthenticated && !error.reason.empty(),
          "who is not let in is told why");
  const bool is_long = credential.size() > 40 && credential.find(' ') == std::string_view::npos;
  Require(!is_long || error.message.find(credential) == std::string::npos,
          "an error does not tell the token");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const std::string_view authorization = fuzz::AsText(data, size);
  const auto credential = BearerCredential(authorization);
  if (credential) RequireCredential(authorization, *credential);
  const auto principal = world.Verify(authorization);
  if (!principal) {
    RequireSilent(principal.error(), credential.value_or(""));
    return 0;
  }
  Require(credential && world.Expected(*credential) == true, "a token that lets in was signed to let in");
  Require(principal->client_id == "job" && principal->tenant == "tenant" &&
              principal->role == Role::kReader && principal->scope == "/subscriptions/s",
          "who is let in is who the token was signed for");
  return 0;
}
