// Reading records out of RocksDB.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "store/record_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// Both must outlive the store.
std::unique_ptr<RecordStore> MakeRecordStore(const RocksDatabase& database,
                                             const std::atomic<uint64_t>& last_sequence);

}  // namespace rawhaul
