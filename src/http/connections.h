// All connections of a server.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

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

  // false when there is no room, of which the log tells now and then, and after DrainAll. `network`: whose it
  // is; one has three quarters of the capacity at most.
  bool Add(std::shared_ptr<Connection> connection, const std::string& network);
  void Remove(const std::shared_ptr<Connection>& connection);

  void DrainAll();
  void AbortAll();
  // false when some are still there after `timeout`.
  bool WaitUntilEmpty(std::chrono::milliseconds timeout);
  void WaitUntilEmpty();

 private:
  // Empty when there is room, else what there is too much of.
  std::string WhatIsFull(const std::string& network) const RAWHAUL_REQUIRES(mutex_);

  const size_t capacity_;
  Mutex mutex_;
  std::condition_variable_any emptied_;
  std::chrono::steady_clock::time_point next_warning_ RAWHAUL_GUARDED_BY(mutex_);
  bool draining_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::unordered_map<std::shared_ptr<Connection>, std::string> all_
      RAWHAUL_GUARDED_BY(mutex_);  // with networks
  std::unordered_map<std::string, size_t> by_network_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::http
