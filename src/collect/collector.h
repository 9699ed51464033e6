// The way in: from the body of a collect request to data on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "collect/batch_parser.h"
#include "collect/ingest_builder.h"
#include "store/stores.h"

namespace rawhaul {

struct CollectOptions {
  CollectLimits limits;
  size_t max_queued_bytes = size_t{64} << 20;  // of batches in memory
};

struct CollectOutcome {
  size_t accepted = 0;
  std::vector<Rejection> rejected;
};

struct CollectCounters {
  uint64_t batches = 0;
  uint64_t accepted = 0;
  uint64_t rejected = 0;
};

// Thread-safe. `stores` and `clock` must outlive it.
//
// Records get the user, the technicals and the location (the context) that the store knows when their batch
// is stored, with what their own batch says put over it (IngestBatch). Batches of one device are stored in
// the order in which they are handed in; those that several threads hand in at once, in any order.
//
// The same batchId twice is stored once and answered alike, since it is parsed again.
class Collector {
 public:
  using Done = std::function<void(Result<CollectOutcome>)>;

  Collector(Stores& stores, const Clock& clock, const CollectOptions& options);
  ~Collector();

  // Calls `done` once: after the write, on the committer's thread, or at once on this thread with an error;
  // it must not block or throw. Errors are those of BatchParser, kResourceExhausted (back-pressure),
  // kUnavailable (stopping), and those of the stores as they are (kUnavailable when the disk does not take
  // it). Received now: what it says of the device counts from now on.
  void Collect(uint32_t app, std::string_view json, Done done);
  // A batch that was read elsewhere, and checked as BatchParser does.
  void Collect(uint32_t app, CollectedBatch batch, Done done);

  // A batch out of a back-fill: what it says of the device counts from its sentAt, if it has one that is not
  // in the future, so that old data cannot overwrite newer. Its own records have it in their context all the
  // same.
  void CollectHistory(uint32_t app, std::string_view json, Done done);

  // A batch of a back-fill that was read elsewhere, and checked as BatchParser does.
  struct HistoryBatch {
    CollectedBatch batch;
    CompleteRecords complete;  // may be empty
    std::function<void(const Status&)> done;
  };
  // Takes all or none, one behind the other; calls each `done` as above.
  void CollectHistory(uint32_t app, std::vector<HistoryBatch> batches);
  // What is remembered of a device, as stored. Errors are those of the stores.
  Result<std::string> Recall(uint32_t app, const Guid& device) const;

  // Of the batches that were stored, and of what was refused before there was a batch.
  CollectCounters counters() const;
  void CountRejected(size_t records);
  // Makes durable what was taken, and takes no more.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
