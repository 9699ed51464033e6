// From users to their devices: the family `users`. An entry says that the device was bound to the user at
// some time; whether it still is, the device tells.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "model/device.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/keys.h"

namespace rocksdb {
class WriteBatch;
}

namespace rawhaul {

// Adds an entry to `changes` if `patch`, a change of `device`, names a user.
void IndexUser(const RocksDatabase& database, const keys::GuidKey& device, const DevicePatch& patch,
               rocksdb::WriteBatch& changes);

// In order of their ids, with those that are bound to another user by now.
Result<std::vector<Guid>> ReadUserIndex(const RocksDatabase& database, uint32_t app, std::string_view user);

// Reads all devices of a store whose programs so far kept no index; at once where there is one.
Status BuildUserIndex(RocksDatabase& database);

}  // namespace rawhaul
