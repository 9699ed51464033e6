// Of the URL parser: whatever it accepts, curl, which makes the requests, reads in the same way. Else a host
// that was checked could be another than the one that is asked.
#include <string>

#include "curl_url.h"
#include "net/url.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;
using net::ParseUrl;
using net::Url;

void RequireCurlAgrees(const Url& url, const std::string& text) {
  const fuzz::CurlUrl curl(text);
  if ((url.scheme != "http" && url.scheme != "https") || !curl.usable()) return;
  // Curl writes an address such as 127.1 in full.
  const fuzz::CurlUrl host("http://" + url.host);
  Require(ToLower(curl.Part(CURLUPART_HOST)) == host.Part(CURLUPART_HOST), "curl asks the same host");
  Require(curl.Part(CURLUPART_PORT) == std::to_string(url.port), "curl asks the same port");
  Require(curl.Part(CURLUPART_SCHEME) == url.scheme, "curl takes the same scheme");
  Require(curl.Part(CURLUPART_QUERY) == url.query, "curl sends the same query");
}

void RequireRoundTrip(const Url& url) {
  const auto again = ParseUrl(url.ToString());
  Require(again.has_value(), "what was parsed is a URL when it is written again");
  Require(again->scheme == url.scheme && again->host == url.host && again->port == url.port,
          "a URL that is written and read again goes to the same server");
  Require(again->path == url.path && again->query == url.query && !again->has_user_info,
          "a URL that is written and read again asks for the same");
  const auto origin = ParseUrl(url.Origin());
  Require(origin && origin->Origin() == url.Origin() && origin->path.empty(), "an origin is a URL");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::AsText(data, size));
  const auto url = ParseUrl(text);
  if (!url) return 0;
  Require(!url->host.empty() && url->host.find_first_of("@/?#\\% \t\r\n") == std::string::npos,
          "a host is a name or an address");
  Require(url->path.empty() || url->path.front() == '/', "a path starts with a slash");
  RequireRoundTrip(*url);
  RequireCurlAgrees(*url, text);
  RequireCurlAgrees(*url, url->ToString());
  for (const auto& [name, value] : url->QueryParameters()) {
    Require(name.size() + value.size() <= url->query.size(), "decoding adds nothing");
  }
  return 0;
}
