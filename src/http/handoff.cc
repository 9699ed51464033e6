#include "http/handoff.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace rawhaul::http {

namespace asio = boost::asio;

namespace {

constexpr asio::use_awaitable_t<Executor> kAwait;

}  // namespace

void Handoff::Answer(Response response) {
  const MutexLock lock(mutex_);
  if (answer_ || closed_) return;
  answer_ = std::move(response);
  Wake();
}

Result<std::string> Handoff::ReadPart() {
  MutexLock lock(mutex_);
  part_wanted_ = true;
  Wake();
  while (!part_ && !closed_) part_changed_.wait(lock);
  if (!part_) return Fail(ErrorCode::kUnavailable, "the server closed the connection before the body's end");
  return *std::exchange(part_, std::nullopt);
}

bool Handoff::closed() const {
  const MutexLock lock(mutex_);
  return closed_;
}

asio::awaitable<Handoff::Event, Executor> Handoff::Next() {
  const auto suspend = [this](auto handler) {
    // std::function wants a copyable target; a coroutine's handler is none. It is posted to its own executor:
    // a Handoff that the handler keeps for longer than the server lives must not hold on to that.
    auto resume = [shared = std::make_shared<decltype(handler)>(std::move(handler))] {
      asio::post(std::move(*shared));
    };
    const MutexLock lock(mutex_);
    waiting_ = std::move(resume);
    if (Ready()) Wake();
  };
  std::optional<Event> event;
  {
    const MutexLock lock(mutex_);
    event = Ready();
  }
  while (!event) {
    co_await asio::async_initiate<decltype(kAwait), void()>(suspend, kAwait);
    const MutexLock lock(mutex_);
    event = Ready();
  }
  co_return *event;
}

void Handoff::GivePart(Result<std::string> part) {
  const MutexLock lock(mutex_);
  part_wanted_ = false;
  part_ = std::move(part);
  part_changed_.notify_one();
}

Response Handoff::TakeAnswer() {
  const MutexLock lock(mutex_);
  return *std::exchange(answer_, std::nullopt);
}

void Handoff::Close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  part_changed_.notify_one();
  Wake();
}

std::optional<Handoff::Event> Handoff::Ready() const {
  if (closed_) return Event::kClosed;
  if (answer_) return Event::kAnswered;
  if (part_wanted_) return Event::kPartWanted;
  return std::nullopt;
}

// Under the mutex, which the coroutine takes next: so the io_context cannot go before the posting has ended.
void Handoff::Wake() {
  if (waiting_) std::exchange(waiting_, nullptr)();
}

}  // namespace rawhaul::http
