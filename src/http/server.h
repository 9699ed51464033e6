// The HTTP/1.1 server, plain or over TLS.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/router.h"

namespace rawhaul::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free one, see Server::port
  struct Tls {
    std::filesystem::path certificate_chain;  // PEM
    std::filesystem::path private_key;        // PEM
  };
  std::optional<Tls> tls = std::nullopt;
  unsigned io_threads = 2;
  unsigned worker_threads = 8;  // for blocking handlers
  unsigned async_threads = 2;   // for async handlers
  unsigned job_threads = 4;     // for what async handlers leave to them (Responder::Run)
  unsigned stream_threads = 4;  // for the takers of streams
  size_t max_waiting_requests =
      1000;  // for a worker; more are answered 429, and those of one address above 750
  size_t max_header_bytes = 16 << 10;
  size_t max_connections = 20000;  // of one network (base/network.h) at most three quarters
  // Of all requests not yet answered, and of one payer a quarter; beyond it 429 (RequestMemory).
  uint64_t max_request_memory_bytes = 256 << 20;
  std::chrono::milliseconds header_timeout{15000};  // from a request's first byte to its last header
  std::chrono::milliseconds body_timeout{60000};    // without progress, of bodies and of answers
  // Of a body, over body_timeout: less than the slowest mobile networks carry.
  size_t min_body_bytes_per_second = 512;
  std::chrono::milliseconds idle_timeout{75000};  // between requests of a connection
};

// What the server saw of a request, after it was answered; for metrics and the access log. Views are good
// during the call only, and empty where the request was too broken to tell. There is no query: it may hold
// secrets.
struct Exchange {
  std::string_view method;
  std::string_view path;
  std::string_view request_id;
  std::string_view route;  // the pattern, empty when none matched
  int status;
  std::chrono::microseconds duration;
};

class Server {
 public:
  // Listens and serves at once. `router` and what `observer` refers to must outlive the server; `observer` is
  // called from any thread and must not block. kUnavailable when the address cannot be bound,
  // kInvalidArgument for an address that is none and for a certificate or key that cannot be used.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, const Router& router,
                                               std::function<void(const Exchange&)> observer = {});
  virtual ~Server() = default;

  virtual uint16_t port() const = 0;
  // Takes no more connections and requests, lets running ones end for up to `grace`, then closes, and waits
  // for the handlers that still run on workers. Safe to call twice; never from a handler.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace rawhaul::http
