// What is remembered of devices, in the family `memory`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "store/device_memory_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

std::unique_ptr<DeviceMemoryStore> MakeDeviceMemoryStore(const RocksDatabase& database);

// What an older program remembered: it kept that with the device. `device` is its value there, if any.
Result<std::string> ReadOldMemory(const std::optional<std::string>& device);

}  // namespace rawhaul
