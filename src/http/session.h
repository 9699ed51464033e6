// One connection, from the handshake to its end.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>

#include "http/connections.h"
#include "http/dispatcher.h"
#include "http/io_threads.h"
#include "http/request_memory.h"
#include "http/server.h"

namespace boost::asio::ssl {
class context;
}

namespace rawhaul::http {

using Socket = boost::asio::ip::tcp::socket::rebind_executor<Executor>::other;

// What all sessions of a server share.
struct SessionContext {
  const ServerOptions& options;
  const Router& router;
  const std::function<void(const Exchange&)>& observer;  // may be empty
  boost::asio::ssl::context* tls;                        // nullptr: plain
  Dispatcher& dispatcher;
  Connections& connections;
  RequestMemory& memory;
  const std::atomic<bool>& stopping;
};

// Serves the connection until either side ends it; the session is one of context.connections as long as it
// lives. Where there are too many already, the socket is closed. `context` must outlive all sessions.
void StartSession(Socket socket, const SessionContext& context);

}  // namespace rawhaul::http
