// Outgoing HTTP. libcurl stays in http_client.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_parts.h"
#include "base/result.h"

namespace rawhaul::net {

// Where a host's name may lead. Looked at when a connection is made, at the address itself, so that what the
// name server said before or says next makes no difference.
enum class Reach { kPublicAddresses, kAnyAddress };

// The reason of the error when a host has no address within reach.
inline constexpr std::string_view kNotPublicReason = "DestinationNotAllowed";

struct HttpRequest {
  std::string method;
  std::string url;  // may hold a secret: never logged
  Reach reach = Reach::kPublicAddresses;
  std::vector<std::pair<std::string, std::string>> headers;
  ByteParts body;  // what it views must stay until Send returns
  std::chrono::milliseconds connect_timeout{10000};
  // Without a byte of progress in either direction.
  std::chrono::seconds stall_timeout{30};
  size_t max_response_bytes = 64 << 10;
  // Called with the bytes of the bodies that have gone out and come in, now and then and at least once a
  // second, on the thread that sends.
  std::function<void(uint64_t sent, uint64_t received)> on_progress = {};
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // up to the request's max_response_bytes
  // How often the request was sent until this answer came: more than once by SendWithRetry alone. Those
  // before may have been carried out.
  int attempts = 1;

  std::string_view header(std::string_view name) const;
};

// Thread-safe. Redirects are not followed, proxies of the environment not used; connections are kept and
// reused.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Any answer of the server is a success here, whatever its status. kUnavailable: no complete answer
  // (connection refused, reset, timed out); the request may have been carried out. kInvalidArgument: the
  // host is out of the request's reach. kCanceled soon after `stop`. Errors name the host at most.
  virtual Result<HttpResponse> Send(const HttpRequest& request, std::stop_token stop) = 0;
};

struct HttpClientOptions {
  std::string ca_file;  // PEM, trusted in place of the system's; empty: the system's
};
std::unique_ptr<HttpClient> MakeHttpClient(const HttpClientOptions& options);

}  // namespace rawhaul::net
