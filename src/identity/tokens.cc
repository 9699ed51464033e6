#include "identity/tokens.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <utility>

#include "base/encoding.h"
#include "base/logging.h"
#include "identity/bearer.h"
#include "identity/secret_hash.h"
#include "identity/secret_verifier.h"
#include "identity/signing_key.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

// One server issues the tokens and takes them.
constexpr std::string_view kIssuer = "rawhaul";
constexpr seconds kLifetime{3600};
constexpr seconds kMaxSkew{60};

tl::unexpected<OAuthError> Refuse(int status, std::string error, std::string description) {
  return tl::unexpected<OAuthError>(OAuthError{status, std::move(error), std::move(description), {}});
}

tl::unexpected<OAuthError> TryLater(std::string description, std::chrono::seconds wait) {
  return tl::unexpected<OAuthError>(OAuthError{429, "temporarily_unavailable", std::move(description), wait});
}

tl::unexpected<Error> Untrusted(std::string_view why, std::string reason = "InvalidAuthenticationToken") {
  return Fail(ErrorCode::kUnauthenticated, fmt::format("the access token {}", why), std::move(reason));
}

int64_t ToSeconds(Timestamp time) { return std::chrono::floor<seconds>(time).time_since_epoch().count(); }

json::string_view View(std::string_view text) { return {text.data(), text.size()}; }

std::string ClaimsOf(const Client& client, Timestamp now) {
  const int64_t issued = ToSeconds(now);
  return json::serialize(json::object{{"iss", View(kIssuer)},
                                      {"aud", View(kIssuer)},
                                      {"sub", client.id},
                                      {"appid", client.id},
                                      {"tid", client.tenant},
                                      {"role", View(ToString(client.role))},
                                      {"scp", client.scope},
                                      {"iat", issued},
                                      {"nbf", issued},
                                      {"exp", issued + kLifetime.count()}});
}

// The claims are signed by this server, so a missing or odd one means another kind of token; at() throws.
Result<Principal> PrincipalOf(const json::object& claims, Timestamp now) {
  const auto text = [&](json::string_view name) { return json::value_to<std::string>(claims.at(name)); };
  if (text("iss") != kIssuer || text("aud") != kIssuer) return Untrusted("was not issued for this service");
  const int64_t seconds_now = ToSeconds(now);
  if (seconds_now >= claims.at("exp").as_int64() + kMaxSkew.count()) {
    return Untrusted("has expired", "ExpiredAuthenticationToken");
  }
  if (seconds_now < claims.at("nbf").as_int64() - kMaxSkew.count()) return Untrusted("is not valid yet");
  const std::optional<Role> role = ParseRole(text("role"));
  if (!role) return Untrusted("names a role that is not known");
  return Principal{.client_id = text("sub"), .tenant = text("tid"), .role = *role, .scope = text("scp")};
}

using FormFields = std::map<std::string, std::string, std::less<>>;

tl::expected<FormFields, OAuthError> ReadForm(std::string_view form) {
  const auto listed = ParseForm(form);
  if (!listed) return Refuse(400, "invalid_request", "the body is no application/x-www-form-urlencoded text");
  FormFields fields;
  for (const auto& [name, value] : *listed) {
    if (!fields.emplace(name, value).second) {  // RFC 6749, 3.2
      return Refuse(400, "invalid_request", fmt::format("the field \"{}\" stands twice", name));
    }
  }
  return fields;
}

// A missing field is an empty one (RFC 6749, 3.2).
std::string_view FieldOf(const FormFields& fields, std::string_view name) {
  const auto it = fields.find(name);
  return it == fields.end() ? std::string_view() : std::string_view(it->second);
}

// Says whether the form asks for what is served. A client of the v1 endpoint whose cached token has run out
// sends refresh_token first, and falls back to client_credentials when it is told invalid_grant.
tl::expected<void, OAuthError> CheckGrant(std::string_view grant_type) {
  if (grant_type == "client_credentials") return {};
  if (grant_type.empty()) return Refuse(400, "invalid_request", "the field \"grant_type\" is missing");
  if (grant_type == "refresh_token") {
    return Refuse(400, "invalid_grant",
                  "no refresh tokens are issued: use the grant_type client_credentials");
  }
  return Refuse(400, "unsupported_grant_type", "only the grant_type client_credentials is supported");
}

// By what a client proves itself.
struct Proof {
  std::string id;
  Secret secret;
};

tl::expected<Proof, OAuthError> ReadFormProof(const FormFields& fields) {
  for (const std::string_view name : {"client_id", "client_secret"}) {
    if (!FieldOf(fields, name).empty()) continue;
    return Refuse(400, "invalid_request", fmt::format("the field \"{}\" is missing", name));
  }
  return Proof{std::string(FieldOf(fields, "client_id")),
               Secret(std::string(FieldOf(fields, "client_secret")))};
}

// The value of a field as it stands in a form.
std::optional<std::string> DecodeFormText(std::string_view text) {
  const auto fields = ParseForm(fmt::format("text={}", text));
  return fields && fields->size() == 1 ? std::optional(fields->front().second) : std::nullopt;
}

// RFC 6749, 2.3.1: both the id and the secret are encoded as in a form.
tl::expected<Proof, OAuthError> ReadHeaderProof(const FormFields& fields, std::string_view authorization) {
  if (!FieldOf(fields, "client_secret").empty()) {
    return Refuse(
        400, "invalid_request",
        "the client proves itself twice: send the secret in the Authorization header or in the form");
  }
  const auto pair = BasicCredential(authorization);
  auto id = pair ? DecodeFormText(pair->user) : std::nullopt;
  auto secret = pair ? DecodeFormText(pair->password) : std::nullopt;
  if (!id || !secret) {
    return Refuse(
        401, "invalid_client",
        "the Authorization header is not \"Basic \" and the base64 of client_id:client_secret, each "
        "encoded as in a form");
  }
  const std::string_view named = FieldOf(fields, "client_id");
  if (!named.empty() && named != *id)
    return Refuse(400, "invalid_request", "the form and the Authorization header name two clients");
  return Proof{*std::move(id), Secret(*std::move(secret))};
}

tl::expected<Proof, OAuthError> ReadProof(const FormFields& fields, std::string_view authorization) {
  return authorization.empty() ? ReadFormProof(fields) : ReadHeaderProof(fields, authorization);
}

class Tokens final : public TokenService {
 public:
  Tokens(SigningKey key, ClientCatalog& clients, const Clock& clock)
      : key_(std::move(key)), clients_(clients), clock_(clock), verifier_(clock) {}

  tl::expected<AccessToken, OAuthError> Issue(const TokenRequest& request) override {
    const auto fields = ReadForm(request.form);
    if (!fields) return tl::unexpected<OAuthError>(fields.error());
    if (const auto grant = CheckGrant(FieldOf(*fields, "grant_type")); !grant) {
      return tl::unexpected<OAuthError>(grant.error());
    }
    const auto proof = ReadProof(*fields, request.authorization);
    if (!proof) return tl::unexpected<OAuthError>(proof.error());
    const auto client = Authenticate(request.tenant, proof->id, proof->secret.Reveal(), request.address);
    if (!client) return tl::unexpected<OAuthError>(client.error());
    return TokenFor(*client, FieldOf(*fields, "resource"));
  }

  Result<Principal> Verify(std::string_view authorization) override {
    const auto token = BearerCredential(authorization);
    if (!token) {
      return Fail(ErrorCode::kUnauthenticated,
                  "the request needs the header \"Authorization: Bearer <access token>\"",
                  "AuthenticationFailed");
    }
    RAWHAUL_ASSIGN(const std::string payload, key_.Verify(*token));
    try {
      return PrincipalOf(json::parse(payload).as_object(), clock_.Now());
    } catch (const std::exception&) {
      return Untrusted("lacks a claim");
    }
  }

  std::string Jwks() const override { return fmt::format("{{\"keys\":[{}]}}", key_.public_jwk()); }

 private:
  tl::expected<Client, OAuthError> Authenticate(std::string_view tenant, std::string_view id,
                                                std::string_view secret, std::string_view address) {
    const auto found = clients_.Find(tenant, id);
    if (!found)
      return Refuse(503, "temporarily_unavailable", "the clients cannot be looked up now, try again later");
    const std::string& hash = *found ? (*found)->secret_hash : dummy_hash_;
    using Verdict = SecretVerifier::Verdict;
    const auto [verdict, retry_after] = verifier_.Verify(id, secret, hash, address);
    switch (verdict) {
      case Verdict::kTooManyGuesses:
        return TryLater("too many wrong secrets came from here, try again later", retry_after);
      case Verdict::kBusy:
        return TryLater("too many secrets are being checked, try again later", retry_after);
      case Verdict::kWrong:
        return Refuse(401, "invalid_client", "the client id or the client secret is wrong for this tenant");
      case Verdict::kRightByOldHash:
        ReplaceHash(id, hash, secret);
        break;
      case Verdict::kRight:
        break;
    }
    return (*found)->client;
  }

  // What cannot be stored now is stored the next time: the secret is right all the same.
  void ReplaceHash(std::string_view id, std::string_view old_hash, std::string_view secret) {
    const Status stored = clients_.ReplaceSecretHash(id, old_hash, HashSecret(secret));
    if (!stored) log::Warn("the old hash of a client's secret stays: {}", stored.error().message);
  }

  tl::expected<AccessToken, OAuthError> TokenFor(const Client& client, std::string_view resource) const {
    const Timestamp now = clock_.Now();
    Result<std::string> token = key_.Sign(ClaimsOf(client, now));
    if (!token) return Refuse(500, "server_error", token.error().message);
    return AccessToken{
        .token = *std::move(token), .lifetime = kLifetime, .issued = now, .resource = std::string(resource)};
  }

  const SigningKey key_;
  ClientCatalog& clients_;
  const Clock& clock_;
  const std::string dummy_hash_ = HashSecret(RandomToken(32));  // of nobody's secret
  SecretVerifier verifier_;
};

}  // namespace

Result<std::unique_ptr<TokenService>> TokenService::Make(const Secret& signing_key, ClientCatalog& clients,
                                                         const Clock& clock) {
  RAWHAUL_ASSIGN(SigningKey key, SigningKey::Import(signing_key));
  return std::make_unique<Tokens>(std::move(key), clients, clock);
}

}  // namespace rawhaul
