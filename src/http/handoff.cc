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

void Handoff::WantPart(Take take) {
  const MutexLock lock(mutex_);
  if (answer_ || closed_) return;
  take_ = std::move(take);
  Wake();
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

void Handoff::GivePart(std::string part) {
  Take take;
  {
    const MutexLock lock(mutex_);
    take = std::exchange(take_, nullptr);
  }
  if (take) take(std::move(part));
}

Response Handoff::TakeAnswer() {
  const MutexLock lock(mutex_);
  return *std::exchange(answer_, std::nullopt);
}

void Handoff::Close() {
  Take dropped;  // destroyed after the lock: it may own the handler's last reference to this
  const MutexLock lock(mutex_);
  closed_ = true;
  dropped.swap(take_);
  Wake();
}

std::optional<Handoff::Event> Handoff::Ready() const {
  if (closed_) return Event::kClosed;
  if (answer_) return Event::kAnswered;
  if (take_) return Event::kPartWanted;
  return std::nullopt;
}

// Under the mutex, which the coroutine takes next: so the io_context cannot go before the posting has ended.
void Handoff::Wake() {
  if (waiting_) std::exchange(waiting_, nullptr)();
}

}  // namespace rawhaul::http
