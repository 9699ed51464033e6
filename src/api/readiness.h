// Whether the server can do its work: take batches and tasks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/mutex.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "store/ingest_store.h"

namespace rawhaul::api {

// What was last seen of the disk. Asking waits for nothing: one thread looks (ReadinessWatcher), so that a
// disk that hangs holds that thread and no other. Thread-safe. What it is given must outlive it.
class Readiness {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using MonotonicClock = std::function<Time()>;

  Readiness(Catalog& catalog, IngestStore& store, MonotonicClock now = std::chrono::steady_clock::now)
      : catalog_(catalog), store_(store), now_(std::move(now)) {}

  // Writes a little into both databases, and remembers how that went. A store that could not be written is
  // thereby tried again, also when nobody sends anything.
  void Look();

  // How it went, and how long ago that look ended. kUnavailable with the reason DiskHangs when that is longer
  // than kMaxAge, or no look has ended yet.
  struct Seen {
    Status status;
    std::chrono::milliseconds age{0};
  };
  Seen Last() const;
  static constexpr std::chrono::seconds kMaxAge{15};

 private:
  Catalog& catalog_;
  IngestStore& store_;
  const MonotonicClock now_;
  const Time created_ = now_();
  mutable Mutex mutex_;
  std::optional<Time> looked_at_ RAWHAUL_GUARDED_BY(mutex_);
  Status seen_ RAWHAUL_GUARDED_BY(mutex_);
};

// Looks now and then once a second. The destructor waits for a look that is under way.
class ReadinessWatcher {
 public:
  explicit ReadinessWatcher(Readiness& readiness);

 private:
  void Run(const std::stop_token& stop);

  Readiness& readiness_;
  Mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace rawhaul::api
