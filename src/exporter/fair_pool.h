// Threads that several users share, in turns: a small task is not stuck behind a huge one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

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
  // The next queue in turn that has a job; queues_.end() when none has. REQUIRES mutex_.
  Jobs::iterator NextInTurn();

  std::mutex mutex_;
  std::condition_variable changed_;
  Jobs queues_;            // protected by mutex_; the one at the front is next in turn
  bool stopping_ = false;  // protected by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace rawhaul
