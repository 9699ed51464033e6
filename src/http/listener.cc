#include "http/listener.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "base/guarded.h"
#include "base/logging.h"

namespace rawhaul::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());
constexpr std::chrono::milliseconds kPauseAfterFailure{100};

}  // namespace

Listener::Listener(IoThreads& io, const SessionContext& context)
    : io_(io), context_(context), acceptor_(io.Next()) {}

Result<std::shared_ptr<Listener>> Listener::Open(IoThreads& io, const std::string& address, uint16_t port,
                                                 const SessionContext& context) {
  error_code ec;
  const auto ip = asio::ip::make_address(address, ec);
  if (ec)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot listen on {}: it is no IP address", address));
  std::shared_ptr<Listener> listener(new Listener(io, context));
  RAWHAUL_TRY(listener->Bind({ip, port}));
  asio::co_spawn(
      listener->acceptor_.get_executor(), [listener] { return listener->Accept(); }, asio::detached);
  return listener;
}

Status Listener::Bind(const tcp::endpoint& endpoint) {
  try {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
  } catch (const boost::system::system_error& e) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot listen on {} port {}: {}", endpoint.address().to_string(),
                            endpoint.port(), e.code().message()));
  }
  return {};
}

void Listener::Close() {
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    self->acceptor_.close(ignored);
  });
}

// An exception, as when memory runs out, costs the connection that it meets: without this loop nobody would
// be let in again.
asio::awaitable<void, Executor> Listener::Accept() {
  while (acceptor_.is_open()) {
    try {
      co_await AcceptSome();
    } catch (...) {
      LogCaught("accepting connections");
    }
  }
}

// Until the listener is closed.
asio::awaitable<void, Executor> Listener::AcceptSome() {
  Timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    auto [ec, socket] = co_await acceptor_.async_accept(io_.Next(), kAwait);
    if (!ec) {
      RunGuarded("taking a connection", [&] { StartSession(std::move(socket), context_); });
    } else if (acceptor_.is_open() && ec != asio::error::connection_aborted) {
      // Out of file descriptors, most likely: it must not become a busy loop.
      log::Warn("cannot accept a connection: {}", ec.message());
      pause.expires_after(kPauseAfterFailure);
      co_await pause.async_wait(kAwait);
    }
  }
}

}  // namespace rawhaul::http
