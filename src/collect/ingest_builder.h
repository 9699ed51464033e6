// From a checked batch to what the store takes.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "collect/batch_parser.h"
#include "collect/context_cache.h"
#include "store/ingest_store.h"

namespace rawhaul {

struct BatchTimes {
  Timestamp received;
  Timestamp effective;  // from which counts what the batch says of its device; not later than `received`
};

// Takes the values out of `batch`. Records keep their order within their kind and hour.
IngestBatch MakeIngestBatch(uint32_t app, CollectedBatch& batch, const DeviceContext& context,
                            const BatchTimes& times);

// About what `batch`, which came as `json_bytes`, will weigh in memory.
size_t WeightOf(const CollectedBatch& batch, size_t json_bytes);

}  // namespace rawhaul
