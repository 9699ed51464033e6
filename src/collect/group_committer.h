// Makes batches durable, many with one fsync: while one group is written, the next one gathers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/ingest_store.h"

namespace rawhaul {

// Thread-safe. `done` is called once for every batch that was taken, in the order of Submit, on the
// committer's thread, with what became of it in the store. It must not block or throw.
class GroupCommitter {
 public:
  using Done = std::function<void(const BatchOutcome&)>;

  // `store` must outlive the committer, which is its only writer. At most `max_queued_bytes` of memory wait
  // to be written.
  GroupCommitter(IngestStore& store, size_t max_queued_bytes);
  ~GroupCommitter();  // Stop()

  struct Submission {
    IngestBatch batch;
    Done done;
  };
  // Takes all of them, one behind the other, or none. kResourceExhausted when too much is waiting (what is
  // alone always fits), kUnavailable after Stop; then no `done` is called and they are as they were.
  Status Submit(std::span<Submission> batches);
  Status Submit(IngestBatch batch, Done done) {
    Submission one{std::move(batch), std::move(done)};
    return Submit(std::span(&one, 1));
  }
  // Writes what was submitted, then ends. Safe to call twice.
  void Stop();

 private:
  struct Pending {
    Submission submission;
    size_t bytes;
  };
  void Run();
  // Waits for work and takes as much as one write may hold; empty when there will be no more.
  std::vector<Pending> TakeGroup();
  std::vector<Pending> TakeSome() RAWHAUL_REQUIRES(mutex_);
  void Commit(const std::vector<Pending>& group);

  IngestStore& store_;
  const size_t max_queued_bytes_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Pending> queue_ RAWHAUL_GUARDED_BY(mutex_);
  size_t queued_bytes_ RAWHAUL_GUARDED_BY(mutex_) = 0;  // what is queued and what is being written
  bool is_dense_ RAWHAUL_GUARDED_BY(mutex_) = false;    // the last group was one of several batches
  bool is_full_ RAWHAUL_GUARDED_BY(mutex_) = false;     // a batch was refused since
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace rawhaul
