// From users to their devices: the family `users`. An entry says that the device is bound to the user now.
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

// Adds to `changes` that the user of `device` is now `after`, and no longer `before`; empty: nobody.
void IndexUser(const RocksDatabase& database, const keys::GuidKey& device, std::string_view before,
               std::string_view after, rocksdb::WriteBatch& changes);

// As DeviceStore::FindByUser. Reads nothing but the index.
Result<std::vector<Guid>> ReadUserIndex(const RocksDatabase& database, uint32_t app, std::string_view user);

// Makes the index anew, of all devices, where programs so far kept none, or one that had the users of before
// as well; at once where there is one.
Status BuildUserIndex(RocksDatabase& database);

}  // namespace rawhaul
