// Reading feedback out of RocksDB.
#pragma once

#include <memory>

#include "store/feedback_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// `database` must outlive the store.
std::unique_ptr<FeedbackStore> MakeFeedbackStore(const RocksDatabase& database);

}  // namespace rawhaul
