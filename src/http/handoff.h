// Where a connection and the handler of its request meet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "http/io_threads.h"
#include "http/message.h"

namespace rawhaul::http {

// One request's. The connection waits on its thread, as a coroutine; the handler is on any thread and may
// outlive the connection and the server: after Close nothing it does has an effect.
class Handoff {
 public:
  // For handlers, on any thread.
  // The first answer counts.
  void Answer(Response response);
  // Asks for the next part of the body, or for the first: `take` gets it once, the empty one at the end, on
  // the connection's thread. It is dropped by Close.
  using Take = std::function<void(std::string part)>;
  void WantPart(Take take);
  bool closed() const;

  // For the connection, on its thread.
  enum class Event { kAnswered, kPartWanted, kClosed };
  boost::asio::awaitable<Event, Executor> Next();
  // REQUIRES Next() said kPartWanted.
  void GivePart(std::string part);
  // REQUIRES Next() said kAnswered.
  Response TakeAnswer();
  // Ends the waiting of both sides.
  void Close();

 private:
  std::optional<Event> Ready() const RAWHAUL_REQUIRES(mutex_);
  void Wake() RAWHAUL_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::optional<Response> answer_ RAWHAUL_GUARDED_BY(mutex_);
  Take take_ RAWHAUL_GUARDED_BY(mutex_);  // while a part is wanted
  bool closed_ RAWHAUL_GUARDED_BY(mutex_) = false;
  // Resumes the connection's coroutine, while that is suspended in Next.
  std::function<void()> waiting_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::http
