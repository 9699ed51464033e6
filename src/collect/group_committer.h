// Makes batches durable, many with one fsync: while one group is written, the next one gathers.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "collect/commit_queue.h"
#include "store/ingest_store.h"

namespace rawhaul {

// Thread-safe. `done` is called once for every batch that was taken, for those of an app in the order of
// Submit, on the committer's thread, with what became of it in the store. It must not block or throw.
class GroupCommitter {
 public:
  using Done = std::function<void(const BatchOutcome&)>;

  // `store` must outlive the committer, which is its only writer. At most `max_queued_bytes` of memory wait
  // to be written, and the apps share them (CommitQueue).
  GroupCommitter(IngestStore& store, size_t max_queued_bytes);
  ~GroupCommitter();  // Stop()

  struct Submission {
    IngestBatch batch;
    Done done;
  };
  // Takes all of them, which are of one app, one behind the other, or none. kResourceExhausted when too much
  // is waiting (what is alone always fits), kUnavailable after Stop; then no `done` is called and they are as
  // they were.
  Status Submit(std::span<Submission> batches);
  Status Submit(IngestBatch batch, Done done) {
    Submission one{std::move(batch), std::move(done)};
    return Submit(std::span(&one, 1));
  }
  // Writes what was submitted, then ends. Safe to call twice.
  void Stop();

 private:
  void Run();
  // Waits for work and takes as much as one write may hold; empty when there will be no more.
  std::vector<CommitQueue::Item> TakeGroup();
  void Commit(const std::vector<CommitQueue::Item>& group);

  IngestStore& store_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  CommitQueue queue_ RAWHAUL_GUARDED_BY(mutex_);
  bool is_dense_ RAWHAUL_GUARDED_BY(mutex_) = false;  // the last group was one of several batches
  bool is_full_ RAWHAUL_GUARDED_BY(mutex_) = false;   // a batch was refused since
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace rawhaul
