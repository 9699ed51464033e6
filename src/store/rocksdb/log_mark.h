// What each write in the log says of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace rawhaul {

// An end of a write in the logs; log 0: none.
struct LogPosition {
  uint64_t log = 0;  // its number
  uint64_t offset = 0;
};

// What a write begins with: its sequence (8 bytes), the number of its changes (4).
// https://github.com/facebook/rocksdb/wiki/RocksDB-Write-Batch-Format
inline constexpr size_t kBatchHead = 12;

// Behind its head each write has a note, which is no change. It begins with the identity of the database (the
// file IDENTITY). RocksDB draws that at random and no client learns it, which tells a write from bytes that
// somebody sent. Behind it stands where the last write before it that was acknowledged ends, so that the end
// of a log is missed when there is a newer one.
class LogMark {
 public:
  // Empty: nothing has it.
  explicit LogMark(std::string_view identity);

  rocksdb::WriteBatch Put(const rocksdb::WriteBatch& changes, const LogPosition& last) const;

  // How much of a write the following have to see.
  size_t bytes() const;
  bool IsIn(std::string_view write) const;
  // REQUIRES IsIn(write).
  LogPosition LastBefore(std::string_view write) const;

 private:
  std::string beginning_;  // of the note
};

}  // namespace rawhaul
