#include "store/rocksdb/snapshot.h"

#include <rocksdb/db.h>

namespace rawhaul {

DatabaseSnapshot::DatabaseSnapshot(const RocksDatabase& database)
    : database_(database), snapshot_(database.db().GetSnapshot()) {}

DatabaseSnapshot::~DatabaseSnapshot() { database_.db().ReleaseSnapshot(snapshot_); }

}  // namespace rawhaul
