// Where messages wait for others that should have come before them: a client sends several requests at once,
// and those that failed again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace rawhaul::segment {

// Thread-safe.
class WaitingRoom {
 public:
  // The longest wait.
  explicit WaitingRoom(std::chrono::milliseconds patience);
  ~WaitingRoom();  // Stop()

  // Calls `go` once: as soon as `is_ready` says so (it is asked every so often), when its time is up, or at
  // once when the room is full or closed. Both are called on the room's thread, or on this one; they must not
  // throw.
  void Wait(std::function<bool()> is_ready, std::function<void()> go);
  // Lets all go, and closes the room. Safe to call twice.
  void Stop();

 private:
  struct Guest {
    std::function<bool()> is_ready;
    std::function<void()> go;
    std::chrono::steady_clock::time_point until;
  };
  void Run();
  std::vector<Guest> TakeReady();

  const std::chrono::milliseconds patience_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Guest> guests_ RAWHAUL_GUARDED_BY(mutex_);
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace rawhaul::segment
