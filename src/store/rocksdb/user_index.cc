#include "store/rocksdb/user_index.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <memory>

#include "base/logging.h"
#include "store/device_store.h"
#include "store/rocksdb/log_writer.h"
#include "store/rocksdb/scan.h"
#include "store/rocksdb/status.h"

namespace rawhaul {
namespace {

// In the family `default`: the index has every device that has a user, and no other. (Under "users" an older
// program noted that it has every device, and those that had the user before.)
constexpr std::string_view kIndexedKey = "users now";
constexpr int kEntriesPerWrite = 10'000;
// Of entries that are gone, between two that are there, until RocksDB has tidied up: a millisecond's work.
constexpr uint64_t kMaxSkipped = 10'000;

// Synced, as every write of the log is: what is cut short before another one would be taken for damage.
Status Write(RocksDatabase& database, rocksdb::WriteBatch& changes) {
  const auto status = database.log().Write(changes);
  changes.Clear();
  return ToStatus(status, "writing the index of users");
}

Status WriteSome(RocksDatabase& database, rocksdb::WriteBatch& changes) {
  return changes.Count() < kEntriesPerWrite ? Status() : Write(database, changes);
}

Status IndexDevice(RocksDatabase& database, const Scan& scan, rocksdb::WriteBatch& changes) {
  const auto device = keys::ParseGuidKey(scan.key());
  const auto patch = DevicePatch::Decode(scan.value());
  if (!device || !patch) return {};  // damage: an export or a check will tell, and the store must open
  const std::string* user = patch->FindTag(kUserIdTag);
  if (user != nullptr) IndexUser(database, *device, "", *user, changes);
  return WriteSome(database, changes);
}

Status Clear(RocksDatabase& database, rocksdb::WriteBatch& changes) {
  Scan entries(database, Family::kUsers, "",
               keys::Encode(keys::UserKey{UINT32_MAX, Guid::Max(), Guid::Max()}), nullptr);
  while (entries.Next()) {
    changes.Delete(database.family(Family::kUsers), rocksdb::Slice(entries.key()));
    RAWHAUL_TRY(WriteSome(database, changes));
  }
  return entries.status();
}

tl::unexpected<Error> TooManyDevices(std::string_view user) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the user \"{}\" has, or had lately, more than {} devices: name them by their ids",
                          user, kMaxDevicesOfUser),
              std::string(kTooManyDevices));
}

}  // namespace

void IndexUser(const RocksDatabase& database, const keys::GuidKey& device, std::string_view before,
               std::string_view after, rocksdb::WriteBatch& changes) {
  if (before == after) return;
  const auto key = [&](std::string_view user) {
    return keys::Encode(keys::UserKey{device.app, NameBasedGuid(user), device.guid});
  };
  if (!before.empty()) changes.Delete(database.family(Family::kUsers), key(before));
  if (!after.empty()) changes.Put(database.family(Family::kUsers), key(after), rocksdb::Slice());
}

Result<std::vector<Guid>> ReadUserIndex(const RocksDatabase& database, uint32_t app, std::string_view user) {
  const Guid hash = NameBasedGuid(user);
  const std::string limit = KeyAfter(keys::Encode(keys::UserKey{app, hash, Guid::Max()}));
  const rocksdb::Slice upper_bound(limit);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  options.max_skippable_internal_keys = kMaxSkipped;
  const std::unique_ptr<rocksdb::Iterator> entries(
      database.db().NewIterator(options, database.family(Family::kUsers)));
  std::vector<Guid> devices;
  for (entries->Seek(keys::Encode(keys::UserKey{app, hash, Guid{}})); entries->Valid(); entries->Next()) {
    const auto key = keys::ParseUserKey(entries->key().ToStringView());
    if (!key) return Fail(ErrorCode::kDataLoss, "the stored index of users is damaged");
    if (devices.size() == kMaxDevicesOfUser) return TooManyDevices(user);
    devices.push_back(key->device);
  }
  if (entries->status().IsIncomplete()) return TooManyDevices(user);
  RAWHAUL_TRY(ToStatus(entries->status(), "reading the index of users"));
  return devices;
}

Status BuildUserIndex(RocksDatabase& database) {
  RAWHAUL_ASSIGN(const auto indexed, database.Get(Family::kState, kIndexedKey));
  if (indexed) return {};
  rocksdb::WriteBatch changes;
  RAWHAUL_TRY(Clear(database, changes));
  Scan devices(database, Family::kDevices, "", keys::Encode(keys::GuidKey{UINT32_MAX, Guid::Max()}), nullptr);
  while (devices.Next()) RAWHAUL_TRY(IndexDevice(database, devices, changes));
  RAWHAUL_TRY(devices.status());
  changes.Put(database.family(Family::kState), rocksdb::Slice(kIndexedKey), rocksdb::Slice());
  return Write(database, changes);
}

}  // namespace rawhaul
