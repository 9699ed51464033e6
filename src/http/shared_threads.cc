#include "http/shared_threads.h"

#include <algorithm>
#include <utility>

#include "base/guarded.h"

namespace rawhaul::http {

SharedThreads::SharedThreads(unsigned threads, size_t max_waiting) : max_waiting_(max_waiting) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

SharedThreads::~SharedThreads() { Join(); }

bool SharedThreads::TryRun(const std::string& payer, Job job) {
  const MutexLock lock(mutex_);
  const auto found = payers_.find(payer);
  const size_t own = found == payers_.end() ? 0 : found->second.jobs.size();
  if (stopping_ || waiting_ >= max_waiting_ || own >= max_waiting_ - max_waiting_ / 4) return false;
  Add(payer, std::move(job));
  return true;
}

void SharedThreads::Run(const std::string& payer, Job job, std::chrono::milliseconds delay) {
  const MutexLock lock(mutex_);
  if (stopping_) return;
  if (delay <= std::chrono::milliseconds(0)) return Add(payer, std::move(job));
  delayed_.emplace(Clock::now() + delay, Delayed{payer, std::move(job)});
  changed_.notify_one();
}

void SharedThreads::Join() {
  std::multimap<Clock::time_point, Delayed> dropped;  // destroyed after the lock: jobs may own much
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(delayed_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void SharedThreads::Add(const std::string& payer, Job job) {
  Payer& state = payers_[payer];
  if (state.jobs.empty()) {
    state.used = std::max(state.used, level_);
    turns_.emplace(state.used, payer);
  }
  state.jobs.push_back(std::move(job));
  ++waiting_;
  changed_.notify_one();
}

void SharedThreads::Work() {
  std::string payer;
  MutexLock lock(mutex_);
  for (;;) {
    AddWhatIsDue();
    if (!turns_.empty()) {
      Job job = TakeNext(payer);
      if (!delayed_.empty()) changed_.notify_one();  // another one waits for its time
      lock.unlock();
      const auto start = Clock::now();
      RunGuarded("a job of the server", job);
      job = nullptr;
      const auto used = Clock::now() - start;
      lock.lock();
      Charge(payer, used);
    } else if (stopping_) {
      return;
    } else if (delayed_.empty()) {
      changed_.wait(lock);
    } else {
      const auto due = delayed_.begin()->first;
      changed_.wait_until(lock, due);
    }
  }
}

void SharedThreads::AddWhatIsDue() {
  const auto now = Clock::now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    Delayed due = std::move(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    Add(due.payer, std::move(due.job));
  }
}

SharedThreads::Job SharedThreads::TakeNext(std::string& payer) {
  payer = turns_.begin()->second;
  Payer& state = payers_[payer];
  level_ = state.used;
  Job job = std::move(state.jobs.front());
  state.jobs.pop_front();
  --waiting_;
  if (state.jobs.empty()) turns_.erase(turns_.begin());
  return job;
}

void SharedThreads::Charge(const std::string& payer, Clock::duration used) {
  Payer& state = payers_[payer];
  const bool waits = !state.jobs.empty();
  if (waits) turns_.erase({state.used, payer});
  state.used = std::max(state.used, level_) + used;
  if (waits) turns_.emplace(state.used, payer);
  Prune();
}

void SharedThreads::Prune() {
  constexpr size_t kFew = 64;
  if (payers_.size() <= 2 * turns_.size() + kFew) return;
  std::erase_if(payers_, [this](const auto& entry) RAWHAUL_REQUIRES(mutex_) {
    return entry.second.jobs.empty() && (turns_.empty() || entry.second.used <= level_);
  });
}

}  // namespace rawhaul::http
