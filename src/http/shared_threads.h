// Threads that all payers share fairly.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace rawhaul::http {

// Thread-safe. A payer is whoever is charged for a job: an app, an address. Jobs of one payer start in the
// order in which they were added. Of several payers the one whose jobs have taken the least time so far is
// next, so that a flood of one, of jobs however long, delays a job of another by what is running at most
// (start-time fair queueing). Whoever was away starts level with the others: nobody saves up time.
class SharedThreads {
 public:
  using Job = std::function<void()>;  // what it throws is logged

  // At most `max_waiting` jobs wait, and at most three quarters of these for one payer.
  SharedThreads(unsigned threads, size_t max_waiting);
  ~SharedThreads();  // Join()

  // false when too many wait.
  bool TryRun(const std::string& payer, Job job);
  // For what was begun already: taken however many wait. After `delay` it lines up as any other. Dropped
  // after Join.
  void Run(const std::string& payer, Job job, std::chrono::milliseconds delay = {});
  // Runs what waits, but for what is delayed, and ends. Safe to call twice; never from a job.
  void Join();

 private:
  using Clock = std::chrono::steady_clock;
  struct Payer {
    std::deque<Job> jobs;
    Clock::duration used{0};
  };
  struct Delayed {
    std::string payer;
    Job job;
  };

  void Add(const std::string& payer, Job job) RAWHAUL_REQUIRES(mutex_);
  void Work();
  void AddWhatIsDue() RAWHAUL_REQUIRES(mutex_);
  // The job of whose turn it is. REQUIRES that one waits.
  Job TakeNext(std::string& payer) RAWHAUL_REQUIRES(mutex_);
  void Charge(const std::string& payer, Clock::duration used) RAWHAUL_REQUIRES(mutex_);
  // Forgets who would start level with the others anyway.
  void Prune() RAWHAUL_REQUIRES(mutex_);

  const size_t max_waiting_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<std::string, Payer> payers_ RAWHAUL_GUARDED_BY(mutex_);
  std::set<std::pair<Clock::duration, std::string>> turns_ RAWHAUL_GUARDED_BY(mutex_);  // whose jobs wait
  std::multimap<Clock::time_point, Delayed> delayed_ RAWHAUL_GUARDED_BY(mutex_);
  size_t waiting_ RAWHAUL_GUARDED_BY(mutex_) = 0;        // jobs of all payers
  Clock::duration level_ RAWHAUL_GUARDED_BY(mutex_){0};  // what whoever was last in turn had used
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace rawhaul::http
