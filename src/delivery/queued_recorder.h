// Makes it durable that campaigns are queued for devices.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "collect/collector.h"
#include "collect/pending_writes.h"

namespace rawhaul {

// What a batch says that a device itself would not: `keys`, all of one device, are queued at `now`.
CollectedBatch QueuedBatch(std::span<const FeedbackKey> keys, Timestamp now);

// Returns when all of it is stored, each key as of a device of its own. On an error a part of it may be.
// kUnavailable when the disk takes longer than `patience` for a thousand of them. Blocks: not for threads
// that the collector calls back on.
Status RecordQueued(Collector& collector, uint32_t app, std::span<const FeedbackKey> keys, Timestamp now,
                    std::chrono::milliseconds patience = kWritePatience);

}  // namespace rawhaul
