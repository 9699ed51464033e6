// OpenEmbeddedStores with the file system in the caller's hand, for tests of what happens when it fails.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "store/rocksdb/database.h"
#include "store/stores.h"

namespace rawhaul {

// The stores over `database`, which they own.
Result<std::unique_ptr<EmbeddedStores>> MakeEmbeddedStores(
    std::unique_ptr<RocksDatabase> database,
    uint64_t device_cache_bytes = EmbeddedStoreOptions().device_cache_bytes);

}  // namespace rawhaul
