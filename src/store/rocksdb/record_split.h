// Cutting a query into ranges of about one size.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "store/record_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// RecordStore::Split.
Result<std::vector<RecordRange>> SplitRecords(const RocksDatabase& database, const RecordQuery& query,
                                              uint64_t target_bytes, const std::stop_token& stop);

}  // namespace rawhaul
