#include "http/dispatcher.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <optional>
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
Response Answer(const Router::Route& route, const Call& call) {
  Result<Response> answer = Guarded([&]() -> Result<Response> { return call(); });
  return answer ? *std::move(answer) : Failed(route.pattern, answer.error().message);
}

// What all copies of one Responder share: the last one to go answers, if none has.
class Promise {
 public:
  Promise(std::string pattern, std::shared_ptr<Handoff> handoff)
      : pattern_(std::move(pattern)), handoff_(std::move(handoff)) {}
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() {
    if (!kept_.test() && !handoff_->closed()) handoff_->Answer(Failed(pattern_, "it dropped its responder"));
  }

  void Keep(Response response) {
    if (!kept_.test_and_set()) handoff_->Answer(std::move(response));
  }

 private:
  const std::string pattern_;
  const std::shared_ptr<Handoff> handoff_;
  std::atomic_flag kept_;
};

class HandoffBodyReader final : public BodyReader {
 public:
  explicit HandoffBodyReader(Handoff& handoff) : handoff_(handoff) {}
  Result<std::string> Read() override { return ended_ ? *ended_ : Remember(handoff_.ReadPart()); }

 private:
  Result<std::string> Remember(Result<std::string> part) {
    if (!part || part->empty()) ended_ = part;
    return part;
  }

  Handoff& handoff_;
  std::optional<Result<std::string>> ended_;
};

void RunAsync(const Router::Route& route, Request request, std::shared_ptr<Handoff> handoff) {
  auto promise = std::make_shared<Promise>(route.pattern, std::move(handoff));
  const Status called = Guarded([&]() -> Status {
    route.async(std::move(request), [promise](Response response) { promise->Keep(std::move(response)); });
    return {};
  });
  if (!called) promise->Keep(Failed(route.pattern, called.error().message));
}

}  // namespace

void Dispatcher::Run(const Router::Route& route, Request request, std::shared_ptr<Handoff> handoff) {
  if (route.async) return RunAsync(route, std::move(request), std::move(handoff));
  Pool& pool = route.stream ? streams_ : workers_;
  if (pool.waiting.fetch_add(1) >= max_waiting_) {
    --pool.waiting;
    return handoff->Answer(Busy());
  }
  boost::asio::post(
      pool.threads, [&pool, &route, request = std::move(request), handoff = std::move(handoff)] {
        --pool.waiting;
        if (handoff->closed()) return;
        HandoffBodyReader body(*handoff);
        handoff->Answer(Answer(
            route, [&] { return route.stream ? route.stream(request, body) : route.handler(request); }));
      });
}

void Dispatcher::Join() {
  workers_.threads.join();
  streams_.threads.join();
}

}  // namespace rawhaul::http
