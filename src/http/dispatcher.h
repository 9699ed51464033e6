// Runs handlers where they may run.
#pragma once

#include <memory>
#include <string>

#include "http/handoff.h"
#include "http/message.h"
#include "http/router.h"
#include "http/server.h"
#include "http/shared_threads.h"

namespace rawhaul::http {

// Who pays for a request.
struct Payer {
  std::string id;        // "app 7", or an address
  bool is_known = true;  // false: its route wants it to prove who it is, and it has not yet
};

// Each kind of handler has threads of its own, so that none holds up the others: workers for blocking ones,
// those for async handlers, for their jobs, and for stream handlers, and one for probes. Async and stream
// handlers of payers that are not known have one thread together, so that what is looked up for strangers
// delays nobody else.
class Dispatcher {
 public:
  explicit Dispatcher(const ServerOptions& options);

  // Gets `request` answered into `handoff` by the handler of `route`, which must outlive the dispatcher. A
  // handler that throws, and one that drops its Responder, answers 500; where too many wait already, the
  // answer is 429.
  void Run(const Router::Route& route, const Payer& payer, Request request, std::shared_ptr<Handoff> handoff);

  // Waits for the handlers that run. Those still queued are not begun where the handoff is closed.
  void Join();

 private:
  using ThreadsPtr = std::shared_ptr<SharedThreads>;  // responders may outlive this
  const ThreadsPtr workers_;
  const ThreadsPtr probes_;
  const ThreadsPtr async_;
  const ThreadsPtr jobs_;
  const ThreadsPtr streams_;
  const ThreadsPtr strangers_;
};

}  // namespace rawhaul::http
