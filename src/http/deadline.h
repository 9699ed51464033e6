// The one timer of a connection.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "http/io_threads.h"

namespace rawhaul::http {

// Setting a deadline later than the one before, as nearly every request does, is a plain store: the timer
// runs on to the old time, looks, and sleeps again. Used on the connection's thread only.
class Deadline : public std::enable_shared_from_this<Deadline> {
 public:
  using Clock = std::chrono::steady_clock;

  // `on_expiry` is called when the deadline has passed, and every second from then on until Clear or Set.
  Deadline(const Executor& executor, std::function<void()> on_expiry);

  void Set(Clock::time_point time);
  void Clear();
  bool expired() const { return expired_; }
  // Before the end of what `on_expiry` uses.
  void Stop();

 private:
  void Arm(Clock::time_point time);
  void OnTimer();

  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor> timer_;
  std::function<void()> on_expiry_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point armed_ = Clock::time_point::max();  // when the timer fires
  bool expired_ = false;
};

}  // namespace rawhaul::http
