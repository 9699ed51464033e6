#include "delivery/queued_recorder.h"

#include <algorithm>
#include <latch>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "delivery/due_plan.h"

namespace rawhaul {
namespace {

// So many weigh far less than what the collector lets wait.
constexpr size_t kBatchesAtOnce = 1000;

// Batches that are being stored. The callbacks share it, as the last one may still be at work on it when who
// waits goes on.
class Writes {
 public:
  explicit Writes(size_t batches) : left_(static_cast<ptrdiff_t>(batches)) {}

  void End(const Result<CollectOutcome>& outcome) {
    if (!outcome) {
      const MutexLock lock(mutex_);
      if (!error_) error_ = outcome.error();
    }
    left_.count_down();
  }
  Status Wait() {
    left_.wait();
    const MutexLock lock(mutex_);
    return error_ ? Status(Fail(*error_)) : Status();
  }

 private:
  std::latch left_;
  Mutex mutex_;
  std::optional<Error> error_ RAWHAUL_GUARDED_BY(mutex_);
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

Status RecordQueued(Collector& collector, uint32_t app, std::span<const FeedbackKey> keys, Timestamp now) {
  while (!keys.empty()) {
    const auto some = keys.first(std::min(keys.size(), kBatchesAtOnce));
    const auto writes = std::make_shared<Writes>(some.size());
    for (const FeedbackKey& key : some) {
      collector.Collect(app, QueuedBatch({&key, 1}, now),
                        [writes](const Result<CollectOutcome>& outcome) { writes->End(outcome); });
    }
    RAWHAUL_TRY(writes->Wait());
    keys = keys.subspan(some.size());
  }
  return {};
}

}  // namespace rawhaul
