#include "store/rocksdb/multi_get.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "store/rocksdb/status.h"

namespace rawhaul {

std::vector<Result<std::optional<std::string>>> MultiGet(const RocksDatabase& database, Family family,
                                                         std::span<const std::string> keys) {
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database.db().MultiGet(rocksdb::ReadOptions(), database.family(family), keys.size(), slices.data(),
                         values.data(), statuses.data());
  std::vector<Result<std::optional<std::string>>> found;
  found.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) {
      found.emplace_back(values[i].ToString());
    } else if (statuses[i].IsNotFound()) {
      found.emplace_back(std::nullopt);
    } else {
      found.emplace_back(Fail(ToError(statuses[i], "reading the store")));
    }
  }
  return found;
}

}  // namespace rawhaul
