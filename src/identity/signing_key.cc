#include "identity/signing_key.h"

#include <cjose/cjose.h>
#include <fmt/format.h>
#include <sodium.h>

#include <boost/json.hpp>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/encoding.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

constexpr size_t kKeyBits = 2048;
constexpr uint8_t kPublicExponent[] = {1, 0, 1};  // 65537

template <auto kRelease>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    kRelease(object);
  }
};
using Jwk = std::unique_ptr<cjose_jwk_t, Releaser<cjose_jwk_release>>;
using Jws = std::unique_ptr<cjose_jws_t, Releaser<cjose_jws_release>>;
using Header = std::unique_ptr<cjose_header_t, Releaser<cjose_header_release>>;

Secret ToJson(const cjose_jwk_t* jwk, bool with_private) {
  cjose_err error{};
  char* text = cjose_jwk_to_json(jwk, with_private, &error);
  if (text == nullptr) return {};
  Secret result{std::string(text)};
  sodium_memzero(text, std::strlen(text));
  cjose_get_dealloc()(text);
  return result;
}

tl::unexpected<Error> Broken(std::string_view what, const cjose_err& error) {
  const std::string_view why = error.message == nullptr ? "unknown error" : error.message;
  return Fail(ErrorCode::kInternal, fmt::format("{}: {}", what, why));
}

tl::unexpected<Error> Unusable(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("the signing key cannot be used: {}", why));
}

tl::unexpected<Error> Untrusted(std::string_view why) {
  return Fail(ErrorCode::kUnauthenticated, fmt::format("the access token {}", why),
              "InvalidAuthenticationToken");
}

// Whether `token` is three parts of base64url (RFC 7515, 7.1). cjose 0.6.2 has to be kept from all else: it
// ends the program at a '=' within a part.
bool IsCompactForm(std::string_view token) {
  size_t parts = 1;
  for (size_t dot = token.find('.'); dot != std::string_view::npos; dot = token.find('.')) {
    if (!Base64UrlDecode(token.substr(0, dot))) return false;
    token.remove_prefix(dot + 1);
    ++parts;
  }
  return parts == 3 && Base64UrlDecode(token);
}

}  // namespace

struct SigningKey::Key {
  Jwk jwk;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<Secret> SigningKey::Generate() {
  cjose_err error{};
  const Jwk jwk(cjose_jwk_create_RSA_random(kKeyBits, kPublicExponent, sizeof(kPublicExponent), &error));
  const std::string kid = RandomToken(12);
  if (!jwk || !cjose_jwk_set_kid(jwk.get(), kid.data(), kid.size(), &error)) {
    return Broken("no signing key can be made", error);
  }
  Secret text = ToJson(jwk.get(), true);
  if (text.empty()) return Fail(ErrorCode::kInternal, "the new signing key cannot be written as JSON");
  return text;
}

Result<SigningKey> SigningKey::Import(const Secret& jwk) {
  cjose_err error{};
  auto key = std::make_unique<Key>();
  key->jwk.reset(cjose_jwk_import(jwk.Reveal().data(), jwk.Reveal().size(), &error));
  if (!key->jwk) return Unusable("it is no JSON Web Key");
  SigningKey result(std::move(key));
  RAWHAUL_TRY(result.Prepare());
  return result;
}

Status SigningKey::Prepare() {
  const cjose_jwk_t* jwk = key_->jwk.get();
  cjose_err error{};
  if (cjose_jwk_get_kty(jwk, &error) != CJOSE_JWK_KTY_RSA) return Unusable("it is no RSA key");
  if (cjose_jwk_get_keysize(jwk, &error) < kKeyBits)
    return Unusable(fmt::format("it has less than {} bits", kKeyBits));
  const char* kid = cjose_jwk_get_kid(jwk, &error);
  if (kid == nullptr) return Unusable("it has no \"kid\"");
  kid_ = kid;
  if (!Sign("{}")) return Unusable("it has no private part");
  json::object published = json::parse(ToJson(jwk, false).Reveal()).as_object();
  published["use"] = "sig";
  published["alg"] = CJOSE_HDR_ALG_RS256;
  public_jwk_ = json::serialize(published);
  return {};
}

Result<std::string> SigningKey::Sign(std::string_view payload) const {
  cjose_err error{};
  const Header header(cjose_header_new(&error));
  const bool complete = header &&
                        cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_RS256, &error) &&
                        cjose_header_set(header.get(), "typ", "JWT", &error) &&
                        cjose_header_set(header.get(), CJOSE_HDR_KID, kid_.c_str(), &error);
  const Jws jws(complete
                    ? cjose_jws_sign(key_->jwk.get(), header.get(),
                                     reinterpret_cast<const uint8_t*>(payload.data()), payload.size(), &error)
                    : nullptr);
  const char* compact = nullptr;
  if (!jws || !cjose_jws_export(jws.get(), &compact, &error)) {
    return Broken("an access token cannot be signed", error);
  }
  return std::string(compact);
}

Result<std::string> SigningKey::Verify(std::string_view token) const {
  cjose_err error{};
  const Jws jws(IsCompactForm(token) ? cjose_jws_import(token.data(), token.size(), &error) : nullptr);
  if (!jws) return Untrusted("is no signed JSON Web Token");
  cjose_header_t* header = cjose_jws_get_protected(jws.get());
  // The header is chosen by the sender: without this check it could choose a weaker algorithm, or none.
  const char* algorithm = cjose_header_get(header, CJOSE_HDR_ALG, &error);
  if (algorithm == nullptr || std::string_view(algorithm) != CJOSE_HDR_ALG_RS256) {
    return Untrusted("is not signed with RS256");
  }
  const char* kid = cjose_header_get(header, CJOSE_HDR_KID, &error);
  if (kid == nullptr || kid != kid_) return Untrusted("is signed with a key of another server");
  if (!cjose_jws_verify(jws.get(), key_->jwk.get(), &error)) return Untrusted("has a wrong signature");
  uint8_t* payload = nullptr;
  size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &payload, &size, &error)) return Untrusted("has no payload");
  return std::string(reinterpret_cast<const char*>(payload), size);
}

}  // namespace rawhaul
