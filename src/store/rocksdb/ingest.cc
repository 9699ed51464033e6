#include "store/rocksdb/ingest.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <set>
#include <string>

#include "store/rocksdb/keys.h"
#include "store/rocksdb/status.h"

namespace rawhaul {
namespace {

constexpr std::string_view kSequenceKey = "sequence";

// What keeps a write from the disk is no defect of the write: the caller may try again later.
Error WriteError(const rocksdb::Status& status) {
  Error error = ToError(status, "the disk does not take writes");
  if (error.code == ErrorCode::kInternal) error.code = ErrorCode::kUnavailable;
  return error;
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
    if (has_failed_) RAWHAUL_TRY(Resume());
    rocksdb::WriteBatch changes(BytesOf(batches));
    std::set<std::string> new_ids;
    for (const IngestBatch* batch : batches) {
      RAWHAUL_ASSIGN(const bool is_known, Remember(*batch, new_ids, changes));
      if (!is_known) Add(*batch, changes);
    }
    return changes.Count() == 0 ? Status() : Commit(changes);
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

  void Add(const IngestBatch& batch, rocksdb::WriteBatch& changes) {
    for (const EncodedRecords& records : batch.records) {
      const std::string key =
          keys::Encode(keys::RecordKey{batch.app, records.kind, records.hour, ++last_given_});
      changes.Put(database_.family(Family::kRecords), key, records.encoded);
    }
    changes.Merge(database_.family(Family::kDevices), keys::Encode(keys::GuidKey{batch.app, batch.device_id}),
                  batch.device.Encode());
    for (const auto& [key, feedback] : batch.feedback) {
      changes.Merge(database_.family(Family::kFeedback), keys::Encode(keys::AppFeedbackKey{batch.app, key}),
                    feedback.Encode());
    }
  }

  // A number that a failed write took is not given again: its log record may be found after a crash.
  Status Commit(rocksdb::WriteBatch& changes) {
    changes.Put(database_.family(Family::kState), rocksdb::Slice(kSequenceKey),
                keys::EncodeNumber(last_given_));
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto status = database_.db().Write(options, &changes);
    has_failed_ = !status.ok();
    if (has_failed_) return Fail(WriteError(status));
    last_durable_.store(last_given_, std::memory_order_release);
    return {};
  }

  // RocksDB takes no writes after a failed one until it is told that the cause (a full disk) may be gone.
  Status Resume() {
    const auto status = database_.db().Resume();
    if (!status.ok()) return Fail(WriteError(status));
    has_failed_ = false;
    return {};
  }

  RocksDatabase& database_;
  std::atomic<uint64_t>& last_durable_;
  uint64_t last_given_;
  bool has_failed_ = false;
};

}  // namespace

Result<std::unique_ptr<IngestStore>> MakeIngestStore(RocksDatabase& database,
                                                     std::atomic<uint64_t>& last_sequence) {
  RAWHAUL_ASSIGN(const auto stored, database.Get(Family::kState, kSequenceKey));
  const auto sequence = stored ? keys::ParseNumber(*stored) : 0;
  if (!sequence) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the store's last sequence is damaged: {} bytes in place of 8", stored->size()));
  }
  last_sequence = *sequence;
  return std::make_unique<RocksIngestStore>(database, last_sequence);
}

}  // namespace rawhaul
