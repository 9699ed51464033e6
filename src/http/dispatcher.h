// Runs handlers where they may run.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "http/handoff.h"
#include "http/message.h"
#include "http/router.h"

namespace rawhaul::http {

// Blocking handlers and stream handlers have a pool of threads each, so that slow uploads hold up nothing
// else.
class Dispatcher {
 public:
  Dispatcher(unsigned worker_threads, unsigned stream_threads)
      : workers_(worker_threads), streams_(stream_threads) {}

  // Gets `request` answered into `handoff` by the handler of `route`, which must outlive the dispatcher. An
  // async handler runs at once, on this thread. A handler that throws, and one that drops its Responder,
  // answers 500.
  void Run(const Router::Route& route, Request request, std::shared_ptr<Handoff> handoff);

  // Waits for the handlers that run. Those still queued are not begun where the handoff is closed.
  void Join();

 private:
  boost::asio::thread_pool workers_;
  boost::asio::thread_pool streams_;
};

}  // namespace rawhaul::http
