#include "store/rocksdb/user_index.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <memory>

#include "base/logging.h"
#include "store/rocksdb/scan.h"
#include "store/rocksdb/status.h"

namespace rawhaul {
namespace {

// In the family `default`: there, the index has every device.
constexpr std::string_view kIndexedKey = "users";
constexpr int kEntriesPerWrite = 10'000;

Status Write(RocksDatabase& database, rocksdb::WriteBatch& changes, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = database.db().Write(options, &changes);
  changes.Clear();
  return ToStatus(status, "writing the index of users");
}

Status IndexDevice(RocksDatabase& database, const Scan& scan, rocksdb::WriteBatch& changes) {
  const auto device = keys::ParseGuidKey(scan.key());
  const auto patch = DevicePatch::Decode(scan.value());
  if (!device || !patch) return {};  // damage: an export or a check will tell, and the store must open
  IndexUser(database, *device, *patch, changes);
  return changes.Count() < kEntriesPerWrite ? Status() : Write(database, changes, false);
}

}  // namespace

void IndexUser(const RocksDatabase& database, const keys::GuidKey& device, const DevicePatch& patch,
               rocksdb::WriteBatch& changes) {
  const std::string* user = patch.FindTag(kUserIdTag);
  if (user == nullptr || user->empty()) return;
  changes.Put(database.family(Family::kUsers),
              keys::Encode(keys::UserKey{device.app, NameBasedGuid(*user), device.guid}), rocksdb::Slice());
}

Result<std::vector<Guid>> ReadUserIndex(const RocksDatabase& database, uint32_t app, std::string_view user) {
  const Guid hash = NameBasedGuid(user);
  const std::string limit = KeyAfter(keys::Encode(keys::UserKey{app, hash, Guid::Max()}));
  const rocksdb::Slice upper_bound(limit);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> entries(
      database.db().NewIterator(options, database.family(Family::kUsers)));
  std::vector<Guid> devices;
  for (entries->Seek(keys::Encode(keys::UserKey{app, hash, Guid{}})); entries->Valid(); entries->Next()) {
    const auto key = keys::ParseUserKey(entries->key().ToStringView());
    if (!key) return Fail(ErrorCode::kDataLoss, "the stored index of users is damaged");
    devices.push_back(key->device);
  }
  RAWHAUL_TRY(ToStatus(entries->status(), "reading the index of users"));
  return devices;
}

Status BuildUserIndex(RocksDatabase& database) {
  RAWHAUL_ASSIGN(const auto indexed, database.Get(Family::kState, kIndexedKey));
  if (indexed) return {};
  rocksdb::WriteBatch changes;
  Scan devices(database, Family::kDevices, "", keys::Encode(keys::GuidKey{UINT32_MAX, Guid::Max()}), nullptr);
  while (devices.Next()) RAWHAUL_TRY(IndexDevice(database, devices, changes));
  RAWHAUL_TRY(devices.status());
  changes.Put(database.family(Family::kState), rocksdb::Slice(kIndexedKey), rocksdb::Slice());
  return Write(database, changes, true);
}

}  // namespace rawhaul
