// Every setting of RocksDB, with its reason.
#pragma once

#include <string_view>
#include <vector>

#include "store/stores.h"

namespace rocksdb {
class CompactionFilter;
class Env;
struct ColumnFamilyDescriptor;
struct DBOptions;
}  // namespace rocksdb

namespace rawhaul {

// `env` is the file system.
rocksdb::DBOptions MakeDatabaseOptions(const EmbeddedStoreOptions& options, rocksdb::Env* env);

// In the order of Family. `dedupe_filter` must outlive the database.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const EmbeddedStoreOptions& options,
                                                          const rocksdb::CompactionFilter* dedupe_filter);

}  // namespace rawhaul
