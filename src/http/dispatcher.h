// Runs handlers where they may run.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "http/handoff.h"
#include "http/message.h"
#include "http/router.h"
#include "http/server.h"

namespace rawhaul::http {

// Blocking handlers and stream handlers have a pool of threads each, so that slow uploads hold up nothing
// else.
class Dispatcher {
 public:
  explicit Dispatcher(const ServerOptions& options)
      : max_waiting_(options.max_waiting_requests),
        workers_(options.worker_threads),
        streams_(options.stream_threads) {}

  // Gets `request` answered into `handoff` by the handler of `route`, which must outlive the dispatcher. An
  // async handler runs at once, on this thread. A handler that throws, and one that drops its Responder,
  // answers 500; where too many wait already, the answer is 429.
  void Run(const Router::Route& route, Request request, std::shared_ptr<Handoff> handoff);

  // Waits for the handlers that run. Those still queued are not begun where the handoff is closed.
  void Join();

 private:
  struct Pool {
    explicit Pool(unsigned count) : threads(count) {}
    boost::asio::thread_pool threads;
    std::atomic<size_t> waiting = 0;
  };

  const size_t max_waiting_;
  Pool workers_;
  Pool streams_;
};

}  // namespace rawhaul::http
