// Makes it durable that campaigns are queued for devices.
#pragma once

#include <span>
#include <vector>

#include "collect/collector.h"

namespace rawhaul {

// What a batch says that a device itself would not: `keys`, all of one device, are queued at `now`.
CollectedBatch QueuedBatch(std::span<const FeedbackKey> keys, Timestamp now);

// Returns when all of it is stored, each key as of a device of its own. On an error a part of it may be.
// Blocks: not for threads that the collector calls back on.
Status RecordQueued(Collector& collector, uint32_t app, std::span<const FeedbackKey> keys, Timestamp now);

}  // namespace rawhaul
