// Where a connection and the handler of its request meet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <functional>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
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
  // Blocks for the next part of the body, see BodyReader.
  Result<std::string> ReadPart();
  bool closed() const;

  // For the connection, on its thread.
  enum class Event { kAnswered, kPartWanted, kClosed };
  boost::asio::awaitable<Event, Executor> Next();
  // REQUIRES Next() said kPartWanted.
  void GivePart(Result<std::string> part);
  // REQUIRES Next() said kAnswered.
  Response TakeAnswer();
  // Ends the waiting of both sides.
  void Close();

 private:
  std::optional<Event> Ready() const RAWHAUL_REQUIRES(mutex_);
  void Wake() RAWHAUL_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::condition_variable_any part_changed_;
  std::optional<Response> answer_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Result<std::string>> part_ RAWHAUL_GUARDED_BY(mutex_);
  bool part_wanted_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool closed_ RAWHAUL_GUARDED_BY(mutex_) = false;
  // Resumes the connection's coroutine, while that is suspended in Next.
  std::function<void()> waiting_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::http
