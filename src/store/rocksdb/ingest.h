// Writing into RocksDB.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "store/ingest_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// The last sequence that was given, as stored; kDataLoss when that is damaged.
Result<uint64_t> ReadLastSequence(const RocksDatabase& database);

// Makes `sequence` that one, for the IngestStores that are made from then on.
Status WriteLastSequence(const RocksDatabase& database, uint64_t sequence);

// Sets `last_sequence` to the last one that is durable, now and after each write. Both must outlive the
// store. `cache_bytes`: for devices that batches come from.
Result<std::unique_ptr<IngestStore>> MakeIngestStore(RocksDatabase& database, uint64_t cache_bytes,
                                                     std::atomic<uint64_t>& last_sequence);

}  // namespace rawhaul
