// Reading a span of keys from the first to the last.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/rocksdb/database.h"

namespace rocksdb {
class Iterator;
class Slice;
class Snapshot;
}  // namespace rocksdb

namespace rawhaul {

// The keys from `first` to `last`, both included, as they are now or were at `snapshot`. It reads ahead and
// leaves the cache to others. Used by one thread at a time.
class Scan {
 public:
  Scan(const RocksDatabase& database, Family family, std::string_view first, std::string_view last,
       const rocksdb::Snapshot* snapshot);
  ~Scan();

  // False at the end and at an error. The first call goes to the first key.
  bool Next();
  // The next key is the first one from `key` on, which must lie between the last one read and the limit.
  void SkipTo(std::string_view key);
  // Valid until the next call of Next().
  std::string_view key() const;
  std::string_view value() const;
  Status status() const;

 private:
  const std::string limit_;
  const std::unique_ptr<rocksdb::Slice> upper_bound_;  // RocksDB keeps a pointer to it
  const std::unique_ptr<rocksdb::Iterator> iterator_;
  bool is_fresh_ = true;
};

}  // namespace rawhaul
