// One state of the database, kept as long as this lives.
#pragma once

#include "store/rocksdb/database.h"

namespace rocksdb {
class Snapshot;
}

namespace rawhaul {

class DatabaseSnapshot {
 public:
  // `database` must outlive the snapshot.
  explicit DatabaseSnapshot(const RocksDatabase& database);
  ~DatabaseSnapshot();
  DatabaseSnapshot(const DatabaseSnapshot&) = delete;
  DatabaseSnapshot& operator=(const DatabaseSnapshot&) = delete;

  const RocksDatabase& database() const { return database_; }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  const RocksDatabase& database_;
  const rocksdb::Snapshot* const snapshot_;
};

}  // namespace rawhaul
