// A mutex whose use clang checks (-Wthread-safety, a part of `./x lint`): what it guards is declared with the
// member, and a use without the lock is an error. https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <mutex>

#ifdef __clang__
#define RAWHAUL_ANALYZED(attribute) __attribute__((attribute))
#else
#define RAWHAUL_ANALYZED(attribute)
#endif

// Behind a member: only under `mutex`. The second is for pointers: what they point to, only under `mutex`.
#define RAWHAUL_GUARDED_BY(mutex) RAWHAUL_ANALYZED(guarded_by(mutex))
#define RAWHAUL_PT_GUARDED_BY(mutex) RAWHAUL_ANALYZED(pt_guarded_by(mutex))
// Behind a function or the parameters of a lambda: the caller holds the mutex.
#define RAWHAUL_REQUIRES(...) RAWHAUL_ANALYZED(requires_capability(__VA_ARGS__))
// Behind a function: takes or gives back the mutex; without an argument, the object itself.
#define RAWHAUL_ACQUIRE(...) RAWHAUL_ANALYZED(acquire_capability(__VA_ARGS__))
#define RAWHAUL_RELEASE(...) RAWHAUL_ANALYZED(release_capability(__VA_ARGS__))

namespace rawhaul {

class RAWHAUL_ANALYZED(capability("mutex")) Mutex {
 public:
  void lock() RAWHAUL_ACQUIRE() { mutex_.lock(); }
  void unlock() RAWHAUL_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds the mutex until it goes, and may let go of it for a while. A std::condition_variable_any waits with
// it:
//
//   MutexLock lock(mutex_);
//   while (queue_.empty()) changed_.wait(lock);
//   changed_.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex_) { return !queue_.empty(); });
//
// The analysis looks at a lambda by itself, so that one has to say what it requires.
class RAWHAUL_ANALYZED(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) RAWHAUL_ACQUIRE(mutex) : lock_(mutex) {}
  ~MutexLock() RAWHAUL_RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() RAWHAUL_ACQUIRE() { lock_.lock(); }
  void unlock() RAWHAUL_RELEASE() { lock_.unlock(); }

 private:
  std::unique_lock<Mutex> lock_;
};

}  // namespace rawhaul
