#include "store/rocksdb/device_memory_store.h"

#include "model/device.h"
#include "store/rocksdb/keys.h"

namespace rawhaul {
namespace {

class RocksDeviceMemoryStore final : public DeviceMemoryStore {
 public:
  explicit RocksDeviceMemoryStore(const RocksDatabase& database) : database_(database) {}

  Result<std::string> Find(uint32_t app, const Guid& device) const override {
    const std::string key = keys::Encode(keys::GuidKey{app, device});
    RAWHAUL_ASSIGN(auto stored, database_.Get(Family::kMemory, key));
    if (stored) return *std::move(stored);
    RAWHAUL_ASSIGN(const auto old, database_.Get(Family::kDevices, key));
    return ReadOldMemory(old);
  }

 private:
  const RocksDatabase& database_;
};

}  // namespace

std::unique_ptr<DeviceMemoryStore> MakeDeviceMemoryStore(const RocksDatabase& database) {
  return std::make_unique<RocksDeviceMemoryStore>(database);
}

Result<std::string> ReadOldMemory(const std::optional<std::string>& device) {
  if (!device) return std::string();
  RAWHAUL_ASSIGN(const DevicePatch patch, DevicePatch::Decode(*device));
  const std::string* memory = patch.FindOldMemory();
  return memory == nullptr ? std::string() : *memory;
}

}  // namespace rawhaul
