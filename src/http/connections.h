// All connections of a server.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <unordered_set>

#include "base/mutex.h"

namespace rawhaul::http {

// Both functions may be called from any thread.
class Connection {
 public:
  virtual ~Connection() = default;
  // Closes when no request is running, else after that one.
  virtual void Drain() = 0;
  // Closes now.
  virtual void Abort() = 0;
};

// Thread-safe.
class Connections {
 public:
  explicit Connections(size_t capacity) : capacity_(capacity) {}

  // false when it is full, of which the log tells now and then, and after DrainAll.
  bool Add(std::shared_ptr<Connection> connection);
  void Remove(const std::shared_ptr<Connection>& connection);

  void DrainAll();
  void AbortAll();
  // false when some are still there after `timeout`.
  bool WaitUntilEmpty(std::chrono::milliseconds timeout);
  void WaitUntilEmpty();

 private:
  const size_t capacity_;
  Mutex mutex_;
  std::condition_variable_any emptied_;
  std::chrono::steady_clock::time_point next_warning_ RAWHAUL_GUARDED_BY(mutex_);
  bool draining_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::unordered_set<std::shared_ptr<Connection>> all_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::http
