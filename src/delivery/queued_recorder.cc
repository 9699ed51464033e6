#include "delivery/queued_recorder.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "base/mutex.h"

namespace rawhaul {
namespace {

// So many weigh far less than what the collector lets wait.
constexpr size_t kBatchesAtOnce = 1000;

// Batches that are being stored.
struct Writes {
  void End(const Result<CollectOutcome>& outcome) {
    if (!outcome) {
      const MutexLock lock(mutex);
      if (!error) error = outcome.error();
    }
    pending.End();
  }
  Status Wait(std::chrono::milliseconds patience) {
    RAWHAUL_TRY(pending.Wait(patience));
    const MutexLock lock(mutex);
    return error ? Status(Fail(*error)) : Status();
  }

  PendingWrites pending;
  Mutex mutex;
  std::optional<Error> error RAWHAUL_GUARDED_BY(mutex);
};

}  // namespace

CollectedBatch QueuedBatch(std::span<const FeedbackKey> keys, Timestamp now) {
  CollectedBatch batch;
  batch.device_id = keys.front().device_id;
  batch.from_device = false;
  for (const FeedbackKey& key : keys) {
    batch.feedback.push_back({key.type, key.campaign_id, kQueuedFlag, now});
  }
  return batch;
}

Status RecordQueued(Collector& collector, uint32_t app, std::span<const FeedbackKey> keys, Timestamp now,
                    std::chrono::milliseconds patience) {
  while (!keys.empty()) {
    const auto some = keys.first(std::min(keys.size(), kBatchesAtOnce));
    const auto writes = std::make_shared<Writes>();
    for (const FeedbackKey& key : some) {
      writes->pending.Begin();
      collector.Collect(app, QueuedBatch({&key, 1}, now),
                        [writes](const Result<CollectOutcome>& outcome) { writes->End(outcome); });
    }
    RAWHAUL_TRY(writes->Wait(patience));
    keys = keys.subspan(some.size());
  }
  return {};
}

}  // namespace rawhaul
