// Reading devices out of RocksDB.
#pragma once

#include <memory>

#include "store/device_store.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/snapshot.h"

namespace rawhaul {

// `database` must outlive the store.
std::unique_ptr<DeviceStore> MakeDeviceStore(const RocksDatabase& database);
std::shared_ptr<const DeviceSnapshot> MakeDeviceSnapshot(std::shared_ptr<const DatabaseSnapshot> snapshot,
                                                         uint32_t app);

}  // namespace rawhaul
