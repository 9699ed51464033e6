#include "store/rocksdb/ingest.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <string>

#include "base/mutex.h"
#include "store/rocksdb/device_cache.h"
#include "store/rocksdb/ingest_group.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/log_writer.h"
#include "store/rocksdb/status.h"

namespace rawhaul {
namespace {

constexpr std::string_view kSequenceKey = "sequence";

Status ToOutcome(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return Fail(ToRefusal(ToError(status, "writing")));
}

void PutSequence(const RocksDatabase& database, uint64_t sequence, rocksdb::WriteBatch& changes) {
  changes.Put(database.family(Family::kState), rocksdb::Slice(kSequenceKey), keys::EncodeNumber(sequence));
}

std::vector<BatchOutcome> RefuseAll(size_t batches, const Error& error) {
  return std::vector<BatchOutcome>(batches, {BatchFate::kRefused, error});
}

class RocksIngestStore final : public IngestStore {
 public:
  RocksIngestStore(RocksDatabase& database, uint64_t cache_bytes, std::atomic<uint64_t>& last_sequence)
      : database_(database), last_durable_(last_sequence), cache_(cache_bytes), last_given_(last_sequence) {}

  std::vector<BatchOutcome> Write(std::span<const IngestBatch* const> batches) override {
    const MutexLock lock(mutex_);
    if (const Status resumed = ToOutcome(database_.log().Resume()); !resumed)
      return RefuseAll(batches.size(), resumed.error());
    IngestGroup group(database_, cache_, ids_, batches);
    group.Prepare(last_given_);
    if (group.changes().Count() == 0) return group.Stored();
    const Status written = Commit(group.changes());
    return written ? group.Stored() : group.Failed(written.error());
  }

  Status CheckWritable() override {
    const MutexLock lock(mutex_);
    rocksdb::WriteBatch nothing;
    return Commit(nothing);
  }

 private:
  // A number that a failed write took is not given again: its log record may be found after a crash.
  Status Commit(rocksdb::WriteBatch& changes) RAWHAUL_REQUIRES(mutex_) {
    PutSequence(database_, last_given_, changes);
    RAWHAUL_TRY(ToOutcome(database_.log().Write(changes)));
    last_durable_.store(last_given_, std::memory_order_release);
    return {};
  }

  RocksDatabase& database_;
  std::atomic<uint64_t>& last_durable_;
  Mutex mutex_;
  DeviceCache cache_ RAWHAUL_GUARDED_BY(mutex_);
  ContentIds ids_ RAWHAUL_GUARDED_BY(mutex_);
  uint64_t last_given_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace

Result<uint64_t> ReadLastSequence(const RocksDatabase& database) {
  RAWHAUL_ASSIGN(const auto stored, database.Get(Family::kState, kSequenceKey));
  const auto sequence = stored ? keys::ParseNumber(*stored) : 0;
  if (sequence) return *sequence;
  return Fail(ErrorCode::kDataLoss,
              fmt::format("the store's last sequence is damaged: {} bytes in place of 8", stored->size()));
}

Status WriteLastSequence(const RocksDatabase& database, uint64_t sequence) {
  rocksdb::WriteBatch changes;
  PutSequence(database, sequence, changes);
  return ToOutcome(database.log().Write(changes));
}

Result<std::unique_ptr<IngestStore>> MakeIngestStore(RocksDatabase& database, uint64_t cache_bytes,
                                                     std::atomic<uint64_t>& last_sequence) {
  RAWHAUL_ASSIGN(last_sequence, ReadLastSequence(database));
  return std::make_unique<RocksIngestStore>(database, cache_bytes, last_sequence);
}

}  // namespace rawhaul
