#include "store/rocksdb/device_store.h"

#include <rocksdb/db.h>

#include "store/rocksdb/keys.h"
#include "store/rocksdb/snapshot.h"
#include "store/rocksdb/user_index.h"

namespace rawhaul {
namespace {

std::string FirstKey(uint32_t app) { return keys::Encode(keys::GuidKey{app, Guid{}}); }
std::string LastKey(uint32_t app) { return keys::Encode(keys::GuidKey{app, Guid::Max()}); }

// As it is now, or was at `snapshot`.
Result<std::optional<Device>> FindDevice(const RocksDatabase& database, uint32_t app, const Guid& device,
                                         const rocksdb::Snapshot* snapshot) {
  RAWHAUL_ASSIGN(const auto stored,
                 database.Get(Family::kDevices, keys::Encode(keys::GuidKey{app, device}), snapshot));
  if (!stored) return std::nullopt;
  RAWHAUL_ASSIGN(const DevicePatch patch, DevicePatch::Decode(*stored));
  return patch.ToDevice(device);
}

class RocksDeviceCursor final : public DeviceCursor {
 public:
  RocksDeviceCursor(std::shared_ptr<const DatabaseSnapshot> snapshot, const std::string& first,
                    const std::string& last)
      : scan_(std::move(snapshot), Family::kDevices, first, last) {}

  bool Next(Guid& id, DevicePatch& state) override {
    if (!scan_.Next()) return false;
    const auto key = keys::ParseGuidKey(scan_.key());
    auto patch = DevicePatch::Decode(scan_.value());
    if (!key || !patch) {
      scan_.EndDamaged("device", patch ? "" : patch.error().message);
      return false;
    }
    id = key->guid;
    state = *std::move(patch);
    return true;
  }

  Status status() const override { return scan_.status(); }

 private:
  SnapshotScan scan_;
};

class RocksDeviceSnapshot final : public DeviceSnapshot {
 public:
  RocksDeviceSnapshot(std::shared_ptr<const DatabaseSnapshot> snapshot, uint32_t app)
      : snapshot_(std::move(snapshot)), app_(app) {}

  // RocksDB estimates the keys of all apps together; this app's share of them is taken to be its share of the
  // bytes.
  uint64_t ApproximateCount() const override {
    const RocksDatabase& database = snapshot_->database();
    uint64_t all_keys = 0;
    database.db().GetIntProperty(database.family(Family::kDevices), rocksdb::DB::Properties::kEstimateNumKeys,
                                 &all_keys);
    const auto own = database.ApproximateBytes(Family::kDevices, FirstKey(app_), LastKey(app_));
    const auto all = database.ApproximateBytes(Family::kDevices, FirstKey(0), LastKey(UINT32_MAX));
    if (!own || !all || *own >= *all) return all_keys;
    return static_cast<uint64_t>(static_cast<double>(all_keys) * static_cast<double>(*own) /
                                 static_cast<double>(*all));
  }

  Result<std::optional<Device>> Find(const Guid& device) const override {
    return FindDevice(snapshot_->database(), app_, device, snapshot_->get());
  }

  std::unique_ptr<DeviceCursor> Read(const Guid& first, const Guid& last) const override {
    return std::make_unique<RocksDeviceCursor>(snapshot_, keys::Encode(keys::GuidKey{app_, first}),
                                               keys::Encode(keys::GuidKey{app_, last}));
  }

 private:
  const std::shared_ptr<const DatabaseSnapshot> snapshot_;
  const uint32_t app_;
};

class RocksDeviceStore final : public DeviceStore {
 public:
  explicit RocksDeviceStore(const RocksDatabase& database) : database_(database) {}

  Result<std::optional<Device>> Find(uint32_t app, const Guid& device) const override {
    return FindDevice(database_, app, device, nullptr);
  }

  Result<std::vector<Guid>> FindByUser(uint32_t app, std::string_view user) const override {
    return ReadUserIndex(database_, app, user);
  }

  std::shared_ptr<const DeviceSnapshot> Snapshot(uint32_t app) const override {
    return MakeDeviceSnapshot(std::make_shared<DatabaseSnapshot>(database_), app);
  }

 private:
  const RocksDatabase& database_;
};

}  // namespace

std::shared_ptr<const DeviceSnapshot> MakeDeviceSnapshot(std::shared_ptr<const DatabaseSnapshot> snapshot,
                                                         uint32_t app) {
  return std::make_shared<RocksDeviceSnapshot>(std::move(snapshot), app);
}

std::unique_ptr<DeviceStore> MakeDeviceStore(const RocksDatabase& database) {
  return std::make_unique<RocksDeviceStore>(database);
}

}  // namespace rawhaul
