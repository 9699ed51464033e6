#include "http/server.h"

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <utility>

#include "base/mutex.h"
#include "http/connections.h"
#include "http/dispatcher.h"
#include "http/io_threads.h"
#include "http/listener.h"
#include "http/request_memory.h"
#include "http/session.h"
#include "http/tls.h"

namespace rawhaul::http {
namespace {

namespace asio = boost::asio;

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, const Router& router,
             std::function<void(const Exchange&)> observer, std::unique_ptr<asio::ssl::context> tls)
      : options_(options),
        observer_(std::move(observer)),
        tls_(std::move(tls)),
        memory_(options.max_request_memory_bytes),
        io_(options.io_threads),
        dispatcher_(options),
        connections_(options.max_connections),
        context_{options_, router, observer_, tls_.get(), dispatcher_, connections_, memory_, stopping_} {}

  ~AsioServer() override { Stop(std::chrono::milliseconds(0)); }

  Status Listen() {
    RAWHAUL_ASSIGN(listener_, Listener::Open(io_, options_.address, options_.port, context_));
    return {};
  }

  uint16_t port() const override { return listener_->port(); }

  void Stop(std::chrono::milliseconds grace) override {
    const MutexLock lock(stop_mutex_);
    if (stopping_.exchange(true)) return;
    if (listener_) listener_->Close();
    connections_.DrainAll();
    if (!connections_.WaitUntilEmpty(grace)) {
      connections_.AbortAll();
      connections_.WaitUntilEmpty();
    }
    dispatcher_.Join();
    io_.Join();
  }

 private:
  const ServerOptions options_;
  const std::function<void(const Exchange&)> observer_;
  const std::unique_ptr<asio::ssl::context> tls_;
  std::atomic<bool> stopping_ = false;
  Mutex stop_mutex_;
  RequestMemory memory_;
  IoThreads io_;
  Dispatcher dispatcher_;
  Connections connections_;
  const SessionContext context_;
  std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const Router& router,
                                              std::function<void(const Exchange&)> observer) {
  std::unique_ptr<asio::ssl::context> tls;
  if (options.tls) {
    RAWHAUL_ASSIGN(tls, LoadTls(*options.tls));
  }
  auto server = std::make_unique<AsioServer>(options, router, std::move(observer), std::move(tls));
  RAWHAUL_TRY(server->Listen());
  return server;
}

}  // namespace rawhaul::http
