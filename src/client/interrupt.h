// Ctrl-C while something long runs.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace rawhaul::client {

// While it lives, SIGINT and SIGTERM request a stop in place of ending the process; the second one ends it at
// once. Made before the first thread of the process, since threads inherit what is blocked here. SIGPIPE is
// ignored from then on: a connection that breaks is an error of the one who writes to it.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::atomic<bool> ending_ = false;
  std::thread waiter_;
};

// As a shell has it for a command that Ctrl-C ended.
inline constexpr int kInterruptedStatus = 130;

}  // namespace rawhaul::client
