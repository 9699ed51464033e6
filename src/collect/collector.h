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
#include "store/stores.h"

namespace rawhaul {

struct CollectOptions {
  CollectLimits limits;
  size_t max_queued_bytes = size_t{64} << 20;
  size_t context_cache_devices = 32768;  // devices whose user, technicals and location are kept at hand
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
// Records get the user, the technicals and the location (the context) that the server knows when they come,
// with what their own batch says put over it. A batch that was taken is known to the device's batches after
// it, also while it still waits to be written; when it cannot be written it is forgotten again, but a batch
// of the same device that was taken in between may keep its context. Batches of one device that are handed in
// by several threads at once are taken in any order.
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
  // A batch that was read elsewhere, and checked as BatchParser does. `bytes` is about what it came as.
  void Collect(uint32_t app, CollectedBatch batch, size_t bytes, Done done);

  // A batch out of a back-fill: what it says of the device counts from its sentAt, if it has one that is not
  // in the future, so that old data cannot overwrite newer. Its own records have it in their context all the
  // same.
  void CollectHistory(uint32_t app, std::string_view json, Done done);

  // Completes a batch's records from what is remembered of its device (Device::memory, empty at first), and
  // changes what is remembered; the two are stored together. Called at once, on the calling thread, of one
  // batch of the device at a time; it must not block or throw. It is called also for a batchId that is known,
  // of which then nothing is stored: what it remembers must be the same after the second time.
  using Complete = std::function<void(std::string& memory, CollectedBatch& batch)>;
  // What is remembered of a device. Errors are those of the stores.
  Result<std::string> Recall(uint32_t app, const Guid& device);
  // A batch of a back-fill that was read elsewhere, and checked as BatchParser does.
  void CollectHistory(uint32_t app, CollectedBatch batch, size_t bytes, const Complete& complete, Done done);

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
