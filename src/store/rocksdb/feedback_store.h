// Reading feedback out of RocksDB.
#pragma once

#include <memory>

#include "store/feedback_store.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/snapshot.h"

namespace rawhaul {

// `database` must outlive the store.
std::unique_ptr<FeedbackStore> MakeFeedbackStore(const RocksDatabase& database);
std::shared_ptr<const FeedbackSnapshot> MakeFeedbackSnapshot(std::shared_ptr<const DatabaseSnapshot> snapshot,
                                                             uint32_t app);

}  // namespace rawhaul
