#include "store/rocksdb/log_mark.h"

#include <rocksdb/write_batch.h>

#include <utility>

namespace rawhaul {
namespace {

constexpr char kLogData = 3;         // rocksdb/db/dbformat.h, kTypeLogData
constexpr size_t kMaxIdentity = 64;  // so that the length of the note is one byte; RocksDB's is a UUID
constexpr size_t kNumber = sizeof(uint64_t);

void Append(uint64_t number, std::string& out) {
  for (size_t i = 0; i < kNumber; ++i) out += static_cast<char>(number >> 8 * i);
}

uint64_t Parse(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < kNumber; ++i) number |= uint64_t{static_cast<uint8_t>(bytes[i])} << 8 * i;
  return number;
}

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
  Append(last.log, note);
  Append(last.offset, note);
  content.insert(kBatchHead, note);
  return rocksdb::WriteBatch(std::move(content));
}

size_t LogMark::bytes() const { return kBatchHead + beginning_.size() + 2 * kNumber; }

bool LogMark::IsIn(std::string_view write) const {
  return !beginning_.empty() && write.size() >= bytes() && write.substr(kBatchHead).starts_with(beginning_);
}

LogPosition LogMark::LastBefore(std::string_view write) const {
  const std::string_view numbers = write.substr(kBatchHead + beginning_.size());
  return {Parse(numbers), Parse(numbers.substr(kNumber))};
}

}  // namespace rawhaul
