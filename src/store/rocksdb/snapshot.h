// One state of the database, kept as long as this lives.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/scan.h"

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

// A scan of one state, which it keeps alive, that ends at an entry that cannot be read. Used by one thread at
// a time.
class SnapshotScan {
 public:
  SnapshotScan(std::shared_ptr<const DatabaseSnapshot> snapshot, Family family, std::string_view first,
               std::string_view last);

  bool Next() { return damage_ && scan_.Next(); }
  void SkipTo(std::string_view key) { scan_.SkipTo(key); }
  std::string_view key() const { return scan_.key(); }
  std::string_view value() const { return scan_.value(); }
  // The entry at hand, a `what`, is damaged; `cause` may be empty.
  void EndDamaged(std::string_view what, std::string_view cause);
  Status status() const { return damage_ ? scan_.status() : damage_; }

 private:
  const std::shared_ptr<const DatabaseSnapshot> snapshot_;
  Scan scan_;
  Status damage_;
};

}  // namespace rawhaul
