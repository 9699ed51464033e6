// Absolute URLs, taken apart. Boost.URL stays in url.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rawhaul::net {

struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case; an IPv6 literal keeps its brackets
  uint16_t port = 0;   // the scheme's own when not given
  std::string path;    // encoded, as given; starts with '/' or is empty
  std::string query;   // encoded, as given, without '?'
  bool has_user_info = false;

  // "https://host" or "http://host:10000": what may be logged of a URL.
  std::string Origin() const;
  // Without user info.
  std::string ToString() const;
  // Decoded, in order. A '+' stands for itself.
  std::vector<std::pair<std::string, std::string>> QueryParameters() const;
};

// kInvalidArgument when `text` is no absolute URL with a host, or has a fragment, which no server would see.
// The error never quotes the text, which may hold a secret.
Result<Url> ParseUrl(std::string_view text);

}  // namespace rawhaul::net
