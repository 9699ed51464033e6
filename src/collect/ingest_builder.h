// From a checked batch to what the store takes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "collect/batch_parser.h"
#include "model/record.h"
#include "store/ingest_store.h"

namespace rawhaul {

struct BatchTimes {
  Timestamp received;
  Timestamp effective;  // from which counts what the batch says of its device; not later than `received`
};

// Completes the records of a batch from what is remembered of its device (empty at first, never longer than
// kMaxDeviceMemoryBytes), and changes that; the two are stored together. Called when the batch is stored,
// behind those of its device before it, and of no batch that is not; where a write is tried again, it is
// called again, and must do the same. It must not block or throw.
using CompleteRecords = std::function<void(std::string& memory, std::vector<Record>& records)>;

// Takes the values out of `batch`. Records keep their order within their kind and hour.
IngestBatch MakeIngestBatch(uint32_t app, CollectedBatch& batch, const BatchTimes& times,
                            const CompleteRecords& complete = nullptr);

}  // namespace rawhaul
