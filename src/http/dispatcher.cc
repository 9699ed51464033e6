#include "http/dispatcher.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/guarded.h"
#include "base/logging.h"
#include "http/refusals.h"

namespace rawhaul::http {
namespace {

Response Failed(const std::string& pattern, std::string_view what) {
  log::Error("the handler of {} failed: {}", pattern, what);
  return InternalError();
}

template <typename Call>
Response AnswerOf(const Router::Route& route, const Call& call) {
  Result<Response> answer = Guarded([&]() -> Result<Response> { return call(); });
  return answer ? *std::move(answer) : Failed(route.pattern, answer.error().message);
}

// What all copies of one Responder share: the last one to go answers, if none has.
class HandoffReply final : public Responder::Reply, public std::enable_shared_from_this<HandoffReply> {
 public:
  HandoffReply(std::string pattern, std::shared_ptr<Handoff> handoff, std::shared_ptr<SharedThreads> threads,
               std::string payer)
      : pattern_(std::move(pattern)),
        handoff_(std::move(handoff)),
        threads_(std::move(threads)),
        payer_(std::move(payer)) {}
  ~HandoffReply() override {
    if (!is_kept_.test() && !handoff_->closed())
      handoff_->Answer(Failed(pattern_, "it dropped its responder"));
  }

  void Answer(Response response) override {
    if (!is_kept_.test_and_set()) handoff_->Answer(std::move(response));
  }

  void Run(std::function<void()> job, std::chrono::milliseconds delay) override {
    threads_->Run(
        payer_, [self = shared_from_this(), job = std::move(job)] { self->RunGuarded(job); }, delay);
  }

  void RunGuarded(const std::function<void()>& job) {
    const Status done = Guarded([&]() -> Status {
      job();
      return {};
    });
    if (!done) Answer(Failed(pattern_, done.error().message));
  }

 private:
  const std::string pattern_;
  const std::shared_ptr<Handoff> handoff_;
  const std::shared_ptr<SharedThreads> threads_;
  const std::string payer_;
  std::atomic_flag is_kept_;
};

// Gives the parts of a body to its taker, each on a thread for streams.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<Handoff> handoff, Responder respond, std::shared_ptr<BodyTaker> taker)
      : handoff_(std::move(handoff)), respond_(std::move(respond)), taker_(std::move(taker)) {}

  void WantPart() {
    handoff_->WantPart([self = shared_from_this()](std::string part) {
      self->respond_.Run([self, shared = std::make_shared<std::string>(std::move(part))] {
        self->Give(std::move(*shared));
      });
    });
  }

 private:
  void Give(std::string part) {
    if (part.empty()) return taker_->End();
    taker_->Take(std::move(part), [self = shared_from_this()] { self->WantPart(); });
  }

  const std::shared_ptr<Handoff> handoff_;
  const Responder respond_;
  const std::shared_ptr<BodyTaker> taker_;
};

}  // namespace

Dispatcher::Dispatcher(const ServerOptions& options)
    : workers_(std::make_shared<SharedThreads>(options.worker_threads, options.max_waiting_requests)),
      probes_(std::make_shared<SharedThreads>(1, options.max_waiting_requests)),
      async_(std::make_shared<SharedThreads>(options.async_threads, SIZE_MAX)),
      jobs_(std::make_shared<SharedThreads>(options.job_threads, SIZE_MAX)),
      streams_(std::make_shared<SharedThreads>(options.stream_threads, SIZE_MAX)),
      strangers_(std::make_shared<SharedThreads>(1, SIZE_MAX)) {}

void Dispatcher::Run(const Router::Route& route, const Payer& payer, Request request,
                     std::shared_ptr<Handoff> handoff) {
  if (route.handler || route.probe) {
    SharedThreads& threads = route.probe ? *probes_ : *workers_;
    const Handler& handler = route.probe ? route.probe : route.handler;
    const bool taken = threads.TryRun(payer.id, [&route, &handler, request = std::move(request), handoff] {
      if (!handoff->closed()) handoff->Answer(AnswerOf(route, [&] { return handler(request); }));
    });
    if (!taken) handoff->Answer(Busy());
    return;
  }
  const auto reply =
      std::make_shared<HandoffReply>(route.pattern, handoff, route.stream ? streams_ : jobs_, payer.id);
  // What waits for one of these is bounded by its memory (RequestMemory).
  const ThreadsPtr& own = route.stream ? streams_ : async_;
  (payer.is_known ? own : strangers_)
      ->Run(payer.id, [&route, request = std::move(request), handoff = std::move(handoff), reply] {
        if (handoff->closed()) return;
        reply->RunGuarded([&] {
          const Responder respond(reply);
          if (route.async) return route.async(request, respond);
          auto taker = route.stream(request, respond);
          if (taker) std::make_shared<Stream>(handoff, respond, std::move(taker))->WantPart();
        });
      });
}

void Dispatcher::Join() {
  for (const auto& threads : {workers_, probes_, strangers_, async_, jobs_, streams_}) threads->Join();
}

}  // namespace rawhaul::http
