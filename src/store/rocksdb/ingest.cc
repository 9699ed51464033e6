#include "store/rocksdb/ingest.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <set>
#include <string>

#include "base/mutex.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/status.h"
#include "store/rocksdb/user_index.h"

namespace rawhaul {
namespace {

constexpr std::string_view kSequenceKey = "sequence";

// What keeps a write from the disk is no defect of the write: the caller may try again later. Which file it
// was is in the log (MakeWriteErrorListener); it is not for those who send.
Error WriteError(const rocksdb::Status& status) {
  const Error error = ToError(status, "writing");
  std::string_view what = "the store cannot be written";
  if (error.reason == kDiskFull) what = "the server's disk is full";
  if (error.reason == kDiskError) what = "the server's disk reports errors";
  if (error.reason == kStoreDamaged) what = "the server's store is damaged";
  return {ErrorCode::kUnavailable, fmt::format("{}; what was sent is not stored", what), error.reason};
}

// About what a group takes as one write, so that it need not grow.
size_t BytesOf(std::span<const IngestBatch* const> batches) {
  constexpr size_t kDeviceAndKeys = 1024;
  size_t bytes = 0;
  for (const IngestBatch* batch : batches) {
    bytes += kDeviceAndKeys;
    for (const EncodedRecords& records : batch->records) bytes += records.encoded.size();
  }
  return bytes;
}

class RocksIngestStore final : public IngestStore {
 public:
  RocksIngestStore(RocksDatabase& database, std::atomic<uint64_t>& last_sequence)
      : database_(database), last_durable_(last_sequence), last_given_(last_sequence) {}

  Status Write(std::span<const IngestBatch* const> batches) override {
    const MutexLock lock(mutex_);
    if (has_failed_) RAWHAUL_TRY(Resume());
    rocksdb::WriteBatch changes(BytesOf(batches));
    std::set<std::string> new_ids;
    for (const IngestBatch* batch : batches) {
      RAWHAUL_ASSIGN(const bool is_known, Remember(*batch, new_ids, changes));
      if (!is_known) Add(*batch, changes);
    }
    return changes.Count() == 0 ? Status() : Commit(changes);
  }

  Status Start() {
    const MutexLock lock(mutex_);
    return KeepSomethingInMemory();
  }

  Status CheckWritable() override {
    const MutexLock lock(mutex_);
    if (has_failed_) RAWHAUL_TRY(Resume());
    rocksdb::WriteBatch nothing;
    return Commit(nothing);
  }

 private:
  // Whether the batch was stored before; if not, from now on it was.
  Result<bool> Remember(const IngestBatch& batch, std::set<std::string>& new_ids,
                        rocksdb::WriteBatch& changes) {
    if (!batch.batch_id) return false;
    const std::string key = keys::Encode(keys::GuidKey{batch.app, *batch.batch_id});
    RAWHAUL_ASSIGN(const auto stored, database_.Get(Family::kDedupe, key));
    if (stored || !new_ids.insert(key).second) return true;
    changes.Put(database_.family(Family::kDedupe), key,
                keys::EncodeNumber(static_cast<uint64_t>(ToMillis(batch.received_at))));
    return false;
  }

  void Add(const IngestBatch& batch, rocksdb::WriteBatch& changes) RAWHAUL_REQUIRES(mutex_) {
    for (const EncodedRecords& records : batch.records) {
      const std::string key =
          keys::Encode(keys::RecordKey{batch.app, records.kind, records.hour, ++last_given_});
      changes.Put(database_.family(Family::kRecords), key, records.encoded);
    }
    changes.Merge(database_.family(Family::kDevices), keys::Encode(keys::GuidKey{batch.app, batch.device_id}),
                  batch.device.Encode());
    IndexUser(database_, {batch.app, batch.device_id}, batch.device, changes);
    for (const auto& [key, feedback] : batch.feedback) {
      changes.Merge(database_.family(Family::kFeedback), keys::Encode(keys::AppFeedbackKey{batch.app, key}),
                    feedback.Encode());
    }
  }

  // A number that a failed write took is not given again: its log record may be found after a crash.
  Status Commit(rocksdb::WriteBatch& changes) RAWHAUL_REQUIRES(mutex_) {
    PutSequence(changes);
    rocksdb::WriteOptions options;
    options.sync = true;
    RAWHAUL_TRY(Note(database_.db().Write(options, &changes)));
    last_durable_.store(last_given_, std::memory_order_release);
    return {};
  }

  void PutSequence(rocksdb::WriteBatch& changes) RAWHAUL_REQUIRES(mutex_) {
    changes.Put(database_.family(Family::kState), rocksdb::Slice(kSequenceKey),
                keys::EncodeNumber(last_given_));
  }

  Status Note(const rocksdb::Status& status) RAWHAUL_REQUIRES(mutex_) {
    has_failed_ = !status.ok();
    return has_failed_ ? Status(Fail(WriteError(status))) : Status();
  }

  // RocksDB takes no writes after a failed one until it is told that the cause may be gone.
  Status Resume() RAWHAUL_REQUIRES(mutex_) {
    RAWHAUL_TRY(Note(database_.ResumeWriting()));
    return KeepSomethingInMemory();
  }

  // When it is resumed, RocksDB writes out what is in memory and begins a new log. A family with nothing in
  // memory stays with the log that failed: a start would find in it what was refused, and if no family has
  // anything the next write would go on with it, which aborts the program. So each has something: the
  // deletion of a key that is never written.
  Status KeepSomethingInMemory() RAWHAUL_REQUIRES(mutex_) {
    rocksdb::WriteBatch something;
    for (rocksdb::ColumnFamilyHandle* family : database_.families())
      something.Delete(family, rocksdb::Slice());
    rocksdb::WriteOptions without_log;
    without_log.disableWAL = true;
    return Note(database_.db().Write(without_log, &something));
  }

  RocksDatabase& database_;
  std::atomic<uint64_t>& last_durable_;
  Mutex mutex_;
  uint64_t last_given_ RAWHAUL_GUARDED_BY(mutex_);
  bool has_failed_ RAWHAUL_GUARDED_BY(mutex_) = false;  // RocksDB must be resumed before the next write
};

}  // namespace

Result<uint64_t> ReadLastSequence(const RocksDatabase& database) {
  RAWHAUL_ASSIGN(const auto stored, database.Get(Family::kState, kSequenceKey));
  const auto sequence = stored ? keys::ParseNumber(*stored) : 0;
  if (sequence) return *sequence;
  return Fail(ErrorCode::kDataLoss,
              fmt::format("the store's last sequence is damaged: {} bytes in place of 8", stored->size()));
}

Result<std::unique_ptr<IngestStore>> MakeIngestStore(RocksDatabase& database,
                                                     std::atomic<uint64_t>& last_sequence) {
  RAWHAUL_ASSIGN(last_sequence, ReadLastSequence(database));
  auto store = std::make_unique<RocksIngestStore>(database, last_sequence);
  RAWHAUL_TRY(store->Start());
  return store;
}

}  // namespace rawhaul
