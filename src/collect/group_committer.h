// Makes batches durable, many with one fsync: while one group is written, the next one gathers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
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

  // `store` must outlive the committer, which is its only writer. At most `max_queued_bytes` wait to be
  // written.
  GroupCommitter(IngestStore& store, size_t max_queued_bytes);
  ~GroupCommitter();  // Stop()

  // `bytes`: about what the batch weighs in memory. kResourceExhausted when too much is waiting (a batch that
  // is alone always fits), kUnavailable after Stop; then `done` is not called.
  Status Submit(IngestBatch batch, size_t bytes, Done done);
  // Writes what was submitted, then ends. Safe to call twice.
  void Stop();

 private:
  struct Pending {
    IngestBatch batch;
    size_t bytes;
    Done done;
  };
  void Run();
  // Waits for work and takes all of it; empty when there will be no more.
  std::vector<Pending> TakeGroup();
  void Commit(const std::vector<Pending>& group);

  IngestStore& store_;
  const size_t max_queued_bytes_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Pending> queue_ RAWHAUL_GUARDED_BY(mutex_);
  size_t queued_bytes_ RAWHAUL_GUARDED_BY(mutex_) = 0;  // what is queued and what is being written
  bool is_dense_ RAWHAUL_GUARDED_BY(mutex_) = false;    // the last group was one of several batches
  bool is_full_ RAWHAUL_GUARDED_BY(mutex_) = false;     // a batch was refused since
  bool stopping_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace rawhaul
