// For threads that wait until what they handed to the collector is stored.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "store/ingest_store.h"

namespace rawhaul {

// A disk that hangs keeps a thread for so long: they are few, and serve other requests.
inline constexpr std::chrono::seconds kWritePatience{30};

// Of one waiting thread. Shared with the callbacks, which may come after the wait was given up. Thread-safe.
class PendingWrites {
 public:
  void Begin() {
    const MutexLock lock(mutex_);
    ++count_;
  }

  void End() {
    const MutexLock lock(mutex_);
    if (--count_ == 0) all_ended_.notify_all();
  }

  // Returns when all that was begun has ended. kUnavailable with the reason kDiskError when that takes
  // longer.
  Status Wait(std::chrono::milliseconds patience) {
    MutexLock lock(mutex_);
    const bool ended =
        all_ended_.wait_for(lock, patience, [this]() RAWHAUL_REQUIRES(mutex_) { return count_ == 0; });
    if (ended) return {};
    return Fail(ErrorCode::kUnavailable,
                "the server's disk does not answer; what was sent may be stored later",
                std::string(kDiskError));
  }

 private:
  Mutex mutex_;
  std::condition_variable_any all_ended_;
  size_t count_ RAWHAUL_GUARDED_BY(mutex_) = 0;
};

}  // namespace rawhaul
