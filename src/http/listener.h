// Takes connections in.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/io_threads.h"
#include "http/session.h"

namespace rawhaul::http {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // Accepts from now on. `context` must outlive all sessions. kInvalidArgument when `address` is no IP
  // address, kUnavailable when it cannot be bound.
  static Result<std::shared_ptr<Listener>> Open(IoThreads& io, const std::string& address, uint16_t port,
                                                const SessionContext& context);

  uint16_t port() const { return port_; }
  // Frees the port soon. From any thread.
  void Close();

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor::rebind_executor<Executor>::other;

  Listener(IoThreads& io, const SessionContext& context);
  Status Bind(const boost::asio::ip::tcp::endpoint& endpoint);
  boost::asio::awaitable<void, Executor> Accept();
  boost::asio::awaitable<void, Executor> AcceptSome();

  IoThreads& io_;
  const SessionContext& context_;
  Acceptor acceptor_;  // on one of the threads
  uint16_t port_ = 0;
};

}  // namespace rawhaul::http
