#include "store/rocksdb/record_store.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/record_split.h"
#include "store/rocksdb/scan.h"

namespace rawhaul {
namespace {

std::string FirstKey(const RecordRange& range) {
  return keys::Encode(
      keys::RecordKey{range.query.app, range.query.kind, range.query.first_hour, range.first_sequence});
}

std::string LastKey(const RecordRange& range) {
  return keys::Encode(
      keys::RecordKey{range.query.app, range.query.kind, range.query.last_hour, range.last_sequence});
}

// It needs no snapshot: what is stored after the cut-off has a greater sequence, and records never change.
class RocksRecordCursor final : public RecordCursor {
 public:
  RocksRecordCursor(const RocksDatabase& database, const RecordRange& range)
      : cut_off_(range.query.cut_off),
        scan_(database, Family::kRecords, FirstKey(range), LastKey(range), nullptr) {}

  bool Next(StoredBatch& batch) override {
    while (damage_ && scan_.Next()) {
      const auto key = keys::ParseRecordKey(scan_.key());
      if (!key) {
        damage_ = Fail(ErrorCode::kDataLoss,
                       fmt::format("a stored record has the damaged key {}", HexEncode(scan_.key())));
      } else if (key->sequence <= cut_off_) {
        batch = {{key->hour, key->sequence}, scan_.value()};
        return true;
      }
    }
    return false;
  }

  Status status() const override { return damage_ ? scan_.status() : damage_; }

 private:
  const uint64_t cut_off_;
  Scan scan_;
  Status damage_;
};

class RocksRecordStore final : public RecordStore {
 public:
  RocksRecordStore(const RocksDatabase& database, const std::atomic<uint64_t>& last_sequence)
      : database_(database), last_sequence_(last_sequence) {}

  uint64_t LastSequence() const override { return last_sequence_.load(std::memory_order_acquire); }

  Result<std::vector<RecordRange>> Split(const RecordQuery& query, uint64_t target_bytes,
                                         const std::stop_token& stop) const override {
    return SplitRecords(database_, query, target_bytes, stop);
  }

  Result<std::unique_ptr<RecordCursor>> Read(const RecordRange& range) const override {
    return std::make_unique<RocksRecordCursor>(database_, range);
  }

 private:
  const RocksDatabase& database_;
  const std::atomic<uint64_t>& last_sequence_;
};

}  // namespace

std::unique_ptr<RecordStore> MakeRecordStore(const RocksDatabase& database,
                                             const std::atomic<uint64_t>& last_sequence) {
  return std::make_unique<RocksRecordStore>(database, last_sequence);
}

}  // namespace rawhaul
