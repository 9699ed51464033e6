// Threads that several users share, in turns: a small task is not stuck behind a huge one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace rawhaul {

// Thread-safe. Jobs of one queue start in the order in which they were added; the queues take turns.
class FairPool {
 public:
  using Job = std::function<void()>;

  explicit FairPool(unsigned threads);
  // Runs what was added, then ends.
  ~FairPool();

  class Queue {
   public:
    explicit Queue(FairPool& pool);
    // Jobs that have not started are dropped; those that run are not waited for.
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    void Add(Job job);

   private:
    FairPool& pool_;
    std::list<std::deque<Job>>::iterator jobs_;
  };

 private:
  using Jobs = std::list<std::deque<Job>>;
  void Work();
  // The next queue in turn that has a job; queues_.end() when none has.
  Jobs::iterator NextInTurn() RAWHAUL_REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable_any changed_;
  Jobs queues_ RAWHAUL_GUARDED_BY(mutex_);  // the one at the front is next in turn
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace rawhaul
