// Where ends of jobs wait for beginnings that should have come before them: a client sends several requests
// at once, and those that failed again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"

namespace rawhaul::segment {

// What an end and its beginning have in common.
struct WaitingJob {
  uint32_t app = 0;
  Guid key;  // JobKey, which another app may have, too

  auto operator<=>(const WaitingJob&) const = default;
};

// Thread-safe. At most 1,000 wait; nothing is read or called under its lock. A full room has no place for the
// app that has the most in it; for another, the one of that app goes that has waited longest.
class WaitingRoom {
 public:
  // The longest wait.
  explicit WaitingRoom(std::chrono::milliseconds patience);
  ~WaitingRoom();  // Stop()

  // Calls `go` once: when a beginning of the job `job` that is not later than `end` has come, when the time
  // is up, or when its place is needed; on the room's thread, or on one that is in Come or Wait. False, and
  // `go` is not called, when it does not wait: the room is full or closed, or `has_come` says that the
  // beginning was there before. That is asked once, on this thread, and no beginning that comes behind it is
  // missed. Neither may throw.
  bool Wait(const WaitingJob& job, Timestamp end, const std::function<bool()>& has_come,
            std::function<void()> go);
  // A beginning of the job is stored. Lets the first end behind it go.
  void Come(const WaitingJob& job, Timestamp start);
  // Lets all go, and closes the room. Safe to call twice.
  void Stop();

 private:
  struct Guest {
    std::function<void()> go;
    std::chrono::steady_clock::time_point until;
    uint64_t number;  // as they came
  };
  using Guests = std::multimap<std::pair<WaitingJob, Timestamp>, Guest>;

  void Run();
  // Whether there is a place for another of `app`, and the `go` of who had to leave it.
  std::pair<bool, std::function<void()>> FindPlace(uint32_t app) RAWHAUL_REQUIRES(mutex_);
  // What its `go` is; empty when it has gone by another way.
  std::function<void()> TakeOut(uint64_t number);
  std::function<void()> TakeOut(Guests::iterator guest) RAWHAUL_REQUIRES(mutex_);

  const std::chrono::milliseconds patience_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  Guests guests_ RAWHAUL_GUARDED_BY(mutex_);
  std::map<uint64_t, Guests::iterator> by_number_ RAWHAUL_GUARDED_BY(mutex_);  // who came first goes first
  std::map<uint32_t, size_t> sizes_ RAWHAUL_GUARDED_BY(mutex_);                // how many of each app wait
  uint64_t last_number_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace rawhaul::segment
