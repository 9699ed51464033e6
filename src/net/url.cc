#include "net/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/encoding.h"
#include "base/integer.h"

namespace rawhaul::net {
namespace {

uint16_t DefaultPort(std::string_view scheme) {
  if (scheme == "http") return 80;
  if (scheme == "https") return 443;
  return 0;
}

std::string DecodeOrKeep(std::string_view text) { return PercentDecode(text).value_or(std::string(text)); }

tl::unexpected<Error> BadUrl(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("not an absolute URL: {}", why));
}

// Those of RFC 3986, section 2, and '%'.
bool MayStandInUrl(char c) {
  constexpr std::string_view kOthers = "-._~:/?#[]@!$&'()*+,;=%";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != std::string_view::npos;
}

std::string NameOf(char c) {
  if (c == ' ') return "a blank";
  if (c == '\r' || c == '\n') return "a line end";
  if (c == '\t') return "a tab";
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) return "a control character";
  if (byte >= 0x80) return "a character beyond ASCII";
  return fmt::format("the character {}", c);
}

// What RFC 3986 does not allow in it. One character tells nothing of a secret.
std::string Fault(std::string_view text) {
  const auto bad = std::find_if_not(text.begin(), text.end(), MayStandInUrl);
  if (bad == text.end()) return "it has a form that RFC 3986 does not allow";
  return fmt::format("it has {} as its character {}, which a URL holds percent-encoded only", NameOf(*bad),
                     bad - text.begin() + 1);
}

// Curl decodes the host before it connects, so an encoded one could pass for another.
bool IsPlainHost(std::string_view host) { return !host.empty() && host.find('%') == std::string_view::npos; }

}  // namespace

std::string Url::Origin() const {
  if (port == DefaultPort(scheme)) return fmt::format("{}://{}", scheme, host);
  return fmt::format("{}://{}:{}", scheme, host, port);
}

std::string Url::ToString() const {
  return fmt::format("{}{}{}{}", Origin(), path, query.empty() ? "" : "?", query);
}

std::vector<std::pair<std::string, std::string>> Url::QueryParameters() const {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    if (item.empty()) continue;
    const size_t name_size = std::min(item.find('='), item.size());
    const size_t value_at = std::min(name_size + 1, item.size());
    parameters.emplace_back(DecodeOrKeep(item.substr(0, name_size)), DecodeOrKeep(item.substr(value_at)));
  }
  return parameters;
}

Result<Url> ParseUrl(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return BadUrl(Fault(text));
  if (!parsed->has_authority() || !IsPlainHost(parsed->encoded_host())) return BadUrl("it has no host name");
  if (parsed->has_fragment()) return BadUrl("it has a fragment ('#')");

  Url url;
  url.scheme = ToLower(parsed->scheme());
  url.host = ToLower(std::string_view(parsed->encoded_host()));
  // Boost 1.81's own port_number() wraps around.
  url.port =
      parsed->port().empty() ? DefaultPort(url.scheme) : ParseInteger<uint16_t>(parsed->port()).value_or(0);
  if (!parsed->port().empty() && url.port == 0) return BadUrl("its port is not in the range 1 to 65535");
  url.path = std::string_view(parsed->encoded_path());
  // Boost 1.81 takes what follows a broken port or host for the path.
  if (!url.path.empty() && url.path.front() != '/') return BadUrl("its host or port is malformed");
  url.query = std::string_view(parsed->encoded_query());
  url.has_user_info = parsed->has_userinfo();
  return url;
}

}  // namespace rawhaul::net
