#include "store/rocksdb/log_mark.h"

#include <rocksdb/write_batch.h>

#include <utility>

#include "store/rocksdb/keys.h"

namespace rawhaul {
namespace {

constexpr char kLogData = 3;         // rocksdb/db/dbformat.h, kTypeLogData
constexpr size_t kMaxIdentity = 64;  // so that the length of the note is one byte; RocksDB's is a UUID
constexpr size_t kNumber = sizeof(uint64_t);

}  // namespace

LogMark::LogMark(std::string_view identity) {
  identity = identity.substr(0, kMaxIdentity);
  if (identity.empty()) return;
  beginning_ = {kLogData, static_cast<char>(identity.size() + 2 * kNumber)};
  beginning_ += identity;
}

rocksdb::WriteBatch LogMark::Put(const rocksdb::WriteBatch& changes, const LogPosition& last) const {
  std::string content = changes.Data();
  if (beginning_.empty()) return rocksdb::WriteBatch(std::move(content));
  std::string note = beginning_;
  note += keys::EncodeNumber(last.log) + keys::EncodeNumber(last.offset);
  content.insert(kBatchHead, note);
  return rocksdb::WriteBatch(std::move(content));
}

size_t LogMark::bytes() const { return kBatchHead + beginning_.size() + 2 * kNumber; }

bool LogMark::IsIn(std::string_view write) const {
  return !beginning_.empty() && write.size() >= bytes() && write.substr(kBatchHead).starts_with(beginning_);
}

LogPosition LogMark::LastBefore(std::string_view write) const {
  const std::string_view numbers = write.substr(kBatchHead + beginning_.size());
  return {*keys::ParseNumber(numbers.substr(0, kNumber)),
          *keys::ParseNumber(numbers.substr(kNumber, kNumber))};
}

}  // namespace rawhaul
