// What the routes of the collect path have in common.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/result.h"
#include "http/message.h"
#include "identity/collect_keys.h"

namespace rawhaul::api {

// RouteOptions::payer of the routes that take a collect key: the app whose key was right before. `keys` must
// outlive the router's server.
std::function<std::string(const http::Request&)> PayerOf(const CollectKeyVerifier& keys);

http::Response UnsupportedEncoding(std::string_view allowed);

// The body, which may be compressed with gzip; `unpacked` keeps the text of such a one. Else the answer: 400,
// 413 for one that unpacks to more than `max_bytes`, 415.
tl::expected<std::string_view, http::Response> UnpackBody(const http::Request& request, size_t max_bytes,
                                                          std::string& unpacked);

// The answer to what could not be stored.
http::Response Refusal(const Error& error);

}  // namespace rawhaul::api
