// A small HTTP server on the loopback interface for tests: real sockets, answers as the test says, faults on
// demand.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "net/tls_testing.h"

namespace rawhaul::net {

struct ServerRequest {
  std::string method;
  std::string target;                                        // as received
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  int connection = 0;  // counted from 1

  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

struct ServerAnswer {
  enum class Fault {
    kNone,
    kReset,     // no answer, the connection is reset
    kTruncate,  // the connection ends within the body
    kClose,     // the connection ends after the answer
    kStall,     // no answer until the client or the server goes
  };
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  Fault fault = Fault::kNone;
};

// A socket that listens on the loopback interface and accepts nothing by itself. `backlog`: as of listen(2).
class ListeningSocket {
 public:
  explicit ListeningSocket(int backlog);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int socket() const { return socket_; }
  uint16_t port() const { return port_; }
  std::string origin() const;

 private:
  int socket_ = -1;
  uint16_t port_ = 0;
};

// Thread-safe. Listens on a free port from construction to destruction.
class HttpTestServer {
 public:
  // Called for one request at a time.
  using Handler = std::function<ServerAnswer(const ServerRequest&)>;

  explicit HttpTestServer(Handler handler, std::optional<TlsIdentity> tls = std::nullopt);
  ~HttpTestServer();

  std::string origin() const;  // "http://127.0.0.1:40123"
  std::vector<ServerRequest> requests() const;
  // Waits until so many requests have been received.
  void WaitForRequests(size_t count) const;
  // Waits until this end of so many connections is closed.
  void WaitForClosedConnections(long count) const;

 private:
  struct Connection {
    int socket = -1;  // under mutex_ once its thread runs, which closes it
    std::thread thread;
  };
  void AcceptConnections();
  void Serve(Connection& connection, int number);
  bool AnswerOne(ServerStream& stream, int socket, int number, std::string& buffer);

  const Handler handler_;
  const std::optional<TlsIdentity> tls_;
  const ListeningSocket listener_{128};
  Mutex handler_mutex_;
  mutable Mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::vector<ServerRequest> requests_ RAWHAUL_GUARDED_BY(mutex_);
  std::list<Connection> connections_ RAWHAUL_GUARDED_BY(mutex_);
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::thread acceptor_;
};

// Gives the answers in order; the last one stands for all that follow.
HttpTestServer::Handler InOrder(std::vector<ServerAnswer> answers);

}  // namespace rawhaul::net
