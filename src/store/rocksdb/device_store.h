// Reading devices out of RocksDB.
#pragma once

#include <memory>

#include "store/device_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// `database` must outlive the store.
std::unique_ptr<DeviceStore> MakeDeviceStore(const RocksDatabase& database);

}  // namespace rawhaul
