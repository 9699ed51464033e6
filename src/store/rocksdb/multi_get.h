// Look-ups by the set: one call costs less than as many by themselves.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// The value of each key, in their order; of one that is not stored nullopt. A key whose value cannot be read
// has an error of its own.
std::vector<Result<std::optional<std::string>>> MultiGet(const RocksDatabase& database, Family family,
                                                         std::span<const std::string> keys);

}  // namespace rawhaul
