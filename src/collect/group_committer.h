// Makes batches durable, many with one fsync: while one group is written, the next one gathers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
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
  GroupCommitter(IngestStore& store, size_t max_queued_bytes,
                 std::chrono::milliseconds stop_patience = std::chrono::seconds(2));
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
  // Writes what was submitted, for `stop_patience` at most: what has not begun by then is refused
  // (kUnavailable, Stopping), as it may be more than a server that stops has time for. Safe to call twice.
  void Stop();

 private:
  void Run();
  // Waits for work and takes as much as one write may hold; empty when there is
  // no more after Stop, or no more time.
  std::vector<CommitQueue::Item> TakeGroup();
  void Commit(const std::vector<CommitQueue::Item>& group);
  void RefuseAll();

  IngestStore& store_;
  const std::chrono::milliseconds stop_patience_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  CommitQueue queue_ RAWHAUL_GUARDED_BY(mutex_);
  bool is_dense_ RAWHAUL_GUARDED_BY(mutex_) = false;  // the last group was one of several batches
  bool is_full_ RAWHAUL_GUARDED_BY(mutex_) = false;   // a batch was refused since
  std::optional<std::chrono::steady_clock::time_point> stop_at_ RAWHAUL_GUARDED_BY(mutex_);  // after Stop
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace rawhaul
