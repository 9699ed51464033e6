// Gives a body to TakeBulk as a server would, for tests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/bulk.h"
#include "base/mutex.h"

namespace rawhaul::api {

// One request, whose jobs run on the thread that waits for the answer.
class BulkRequest final : public http::Responder::Reply, public std::enable_shared_from_this<BulkRequest> {
 public:
  // The answer to a body that comes in `parts`; nullopt when it breaks off behind them.
  static std::optional<http::Response> Run(uint32_t app, Collector& collector, std::deque<std::string> parts,
                                           bool breaks_off = false) {
    const auto request = std::make_shared<BulkRequest>(std::move(parts), breaks_off);
    request->taker_ = TakeBulk(app, collector, http::Responder(request));
    request->AddJob([&] { request->GivePart(); });
    return request->WaitForAnswer();
  }

  BulkRequest(std::deque<std::string> parts, bool breaks_off)
      : parts_(std::move(parts)), breaks_off_(breaks_off) {}

  void Answer(http::Response response) override {
    const MutexLock lock(mutex_);
    answer_ = std::move(response);
    changed_.notify_one();
  }

  void Run(std::function<void()> job, std::chrono::milliseconds delay) override {
    AddJob(std::move(job), delay);
  }

 private:
  using Clock = std::chrono::steady_clock;
  void AddJob(std::function<void()> job, std::chrono::milliseconds delay = {}) {
    const MutexLock lock(mutex_);
    jobs_.emplace(Clock::now() + delay, std::move(job));
    changed_.notify_one();
  }

  void GivePart() {
    if (parts_.empty()) {
      if (breaks_off_)
        broke_off_ = true;
      else
        taker_->End();
      return;
    }
    std::string part = std::move(parts_.front());
    parts_.pop_front();
    taker_->Take(std::move(part),
                 [self = shared_from_this()] { self->AddJob([self] { self->GivePart(); }); });
  }

  std::optional<http::Response> WaitForAnswer() {
    while (const auto job = NextJob()) job();
    taker_ = nullptr;
    const MutexLock lock(mutex_);
    return std::exchange(answer_, std::nullopt);
  }

  // None when there is nothing more to do.
  std::function<void()> NextJob() {
    MutexLock lock(mutex_);
    while (!answer_ && !broke_off_) {
      if (jobs_.empty()) {
        changed_.wait(lock);
      } else if (jobs_.begin()->first > Clock::now()) {
        const auto due = jobs_.begin()->first;
        changed_.wait_until(lock, due);
      } else {
        auto job = std::move(jobs_.begin()->second);
        jobs_.erase(jobs_.begin());
        return job;
      }
    }
    return nullptr;
  }

  std::shared_ptr<http::BodyTaker> taker_;
  std::deque<std::string> parts_;
  const bool breaks_off_;
  bool broke_off_ = false;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::multimap<Clock::time_point, std::function<void()>> jobs_ RAWHAUL_GUARDED_BY(mutex_);  // by when
  std::optional<http::Response> answer_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::api
