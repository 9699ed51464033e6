#include "http/deadline.h"

#include <utility>

namespace rawhaul::http {
namespace {

constexpr std::chrono::seconds kRepeat{1};

}  // namespace

Deadline::Deadline(const Executor& executor, std::function<void()> on_expiry)
    : timer_(executor), on_expiry_(std::move(on_expiry)) {}

void Deadline::Set(Clock::time_point time) {
  deadline_ = time;
  expired_ = false;
  if (time < armed_) Arm(time);
}

void Deadline::Clear() { deadline_ = Clock::time_point::max(); }

void Deadline::Stop() {
  Clear();
  on_expiry_ = nullptr;
  timer_.cancel();
}

void Deadline::Arm(Clock::time_point time) {
  armed_ = time;
  timer_.expires_at(time);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (!ec) self->OnTimer();
  });
}

void Deadline::OnTimer() {
  armed_ = Clock::time_point::max();
  if (!on_expiry_) return;
  if (deadline_ <= Clock::now()) {
    expired_ = true;
    deadline_ = Clock::now() + kRepeat;
    on_expiry_();
  }
  if (deadline_ != Clock::time_point::max()) Arm(deadline_);
}

}  // namespace rawhaul::http
