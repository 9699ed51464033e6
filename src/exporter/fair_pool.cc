#include "exporter/fair_pool.h"

#include <algorithm>
#include <utility>

#include "base/guarded.h"

namespace rawhaul {

FairPool::FairPool(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

FairPool::~FairPool() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

FairPool::Queue::Queue(FairPool& pool) : pool_(pool) {
  const MutexLock lock(pool_.mutex_);
  jobs_ = pool_.queues_.emplace(pool_.queues_.end());
}

FairPool::Queue::~Queue() {
  std::deque<Job> dropped;  // destroyed after the lock: jobs may own much
  const MutexLock lock(pool_.mutex_);
  dropped.swap(*jobs_);
  pool_.queues_.erase(jobs_);
}

void FairPool::Queue::Add(Job job) {
  {
    const MutexLock lock(pool_.mutex_);
    jobs_->push_back(std::move(job));
  }
  pool_.changed_.notify_one();
}

FairPool::Jobs::iterator FairPool::NextInTurn() {
  return std::find_if(queues_.begin(), queues_.end(), [](const auto& jobs) { return !jobs.empty(); });
}

void FairPool::Work() {
  MutexLock lock(mutex_);
  for (;;) {
    changed_.wait(lock,
                  [this]() RAWHAUL_REQUIRES(mutex_) { return stopping_ || NextInTurn() != queues_.end(); });
    const auto turn = NextInTurn();
    if (turn == queues_.end()) return;
    Job job = std::move(turn->front());
    turn->pop_front();
    queues_.splice(queues_.end(), queues_, turn);
    lock.unlock();
    RunGuarded("a job of an export", job);
    job = nullptr;
    lock.lock();
  }
}

}  // namespace rawhaul
