#include "store/rocksdb/ingest.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/log_writer.h"
#include "store/rocksdb/multi_get.h"
#include "store/rocksdb/status.h"
#include "store/rocksdb/tag_limits.h"
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

Status ToOutcome(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return Fail(WriteError(status));
}

void PutSequence(const RocksDatabase& database, uint64_t sequence, rocksdb::WriteBatch& changes) {
  changes.Put(database.family(Family::kState), rocksdb::Slice(kSequenceKey), keys::EncodeNumber(sequence));
}

using Outcomes = std::vector<BatchOutcome>;

// A group of batches on its way to becoming one write.
class Group {
 public:
  Group(const RocksDatabase& database, std::span<const IngestBatch* const> batches)
      : database_(database), batches_(batches), outcomes_(batches.size()), changes_(BytesOf(batches)) {}

  // Numbers the records from `last_given` on.
  void Prepare(uint64_t& last_given) {
    LeaveOutKnown();
    TagLimits tag_limits(database_, batches_);
    for (size_t i = 0; i < batches_.size(); ++i) {
      if (outcomes_[i].fate != BatchFate::kStored) continue;
      if (const Status admitted = tag_limits.Admit(*batches_[i]); !admitted) {
        outcomes_[i] = {BatchFate::kRefused, admitted.error()};
      } else {
        Add(*batches_[i], last_given);
      }
    }
    RefuseRepeated();
  }

  // What there is to be written; empty when nothing is new.
  rocksdb::WriteBatch& changes() { return changes_; }
  Outcomes Stored() && { return std::move(outcomes_); }
  Outcomes Failed(const Error& error) && {
    for (BatchOutcome& outcome : outcomes_) {
      if (outcome.fate == BatchFate::kStored) outcome = {BatchFate::kUnknown, error};
    }
    RefuseRepeated();
    return std::move(outcomes_);
  }

 private:
  // About what a group takes as one write, so that it need not grow.
  static size_t BytesOf(std::span<const IngestBatch* const> batches) {
    constexpr size_t kDeviceAndKeys = 1024;
    size_t bytes = 0;
    for (const IngestBatch* batch : batches) {
      bytes += kDeviceAndKeys;
      for (const EncodedRecords& records : batch->records) bytes += records.encoded.size();
    }
    return bytes;
  }

  // One that was known by another of this group is no better off than that one.
  void RefuseRepeated() {
    for (const auto& [known, first] : repeated_) {
      if (!outcomes_[first].is_done()) outcomes_[known] = outcomes_[first];
    }
  }

  // Those whose batch_id is stored, or stands earlier in the group. From now on the others' are.
  void LeaveOutKnown() {
    std::vector<std::string> ids;
    std::vector<size_t> owners;
    for (size_t i = 0; i < batches_.size(); ++i) {
      if (!batches_[i]->batch_id) continue;
      ids.push_back(keys::Encode(keys::GuidKey{batches_[i]->app, *batches_[i]->batch_id}));
      owners.push_back(i);
    }
    const auto stored = MultiGet(database_, Family::kDedupe, ids);
    std::unordered_map<std::string_view, size_t> new_ids;
    for (size_t i = 0; i < ids.size(); ++i) {
      const size_t owner = owners[i];
      if (!stored[i]) {
        outcomes_[owner] = {BatchFate::kRefused, stored[i].error()};
      } else if (*stored[i]) {
        outcomes_[owner].fate = BatchFate::kKnown;
      } else if (const auto [first, is_new] = new_ids.try_emplace(ids[i], owner); !is_new) {
        outcomes_[owner].fate = BatchFate::kKnown;
        repeated_.emplace_back(owner, first->second);
      }
    }
  }

  void Add(const IngestBatch& batch, uint64_t& last_given) {
    if (batch.batch_id) {
      changes_.Put(database_.family(Family::kDedupe), keys::Encode(keys::GuidKey{batch.app, *batch.batch_id}),
                   keys::EncodeNumber(static_cast<uint64_t>(ToMillis(batch.received_at))));
    }
    for (const EncodedRecords& records : batch.records) {
      const std::string key =
          keys::Encode(keys::RecordKey{batch.app, records.kind, records.hour, ++last_given});
      changes_.Put(database_.family(Family::kRecords), key, records.encoded);
    }
    changes_.Merge(database_.family(Family::kDevices),
                   keys::Encode(keys::GuidKey{batch.app, batch.device_id}), batch.device.Encode());
    IndexUser(database_, {batch.app, batch.device_id}, batch.device, changes_);
    for (const auto& [key, feedback] : batch.feedback) {
      changes_.Merge(database_.family(Family::kFeedback), keys::Encode(keys::AppFeedbackKey{batch.app, key}),
                     feedback.Encode());
    }
  }

  const RocksDatabase& database_;
  const std::span<const IngestBatch* const> batches_;
  Outcomes outcomes_;
  std::vector<std::pair<size_t, size_t>> repeated_;  // a batch, and the first of the group with its id
  rocksdb::WriteBatch changes_;
};

Outcomes RefuseAll(size_t batches, const Error& error) {
  return Outcomes(batches, {BatchFate::kRefused, error});
}

class RocksIngestStore final : public IngestStore {
 public:
  RocksIngestStore(RocksDatabase& database, std::atomic<uint64_t>& last_sequence)
      : database_(database), last_durable_(last_sequence), last_given_(last_sequence) {}

  std::vector<BatchOutcome> Write(std::span<const IngestBatch* const> batches) override {
    const MutexLock lock(mutex_);
    if (const Status resumed = ToOutcome(database_.log().Resume()); !resumed)
      return RefuseAll(batches.size(), resumed.error());
    Group group(database_, batches);
    group.Prepare(last_given_);
    if (group.changes().Count() == 0) return std::move(group).Stored();
    const Status written = Commit(group.changes());
    return written ? std::move(group).Stored() : std::move(group).Failed(written.error());
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

Result<std::unique_ptr<IngestStore>> MakeIngestStore(RocksDatabase& database,
                                                     std::atomic<uint64_t>& last_sequence) {
  RAWHAUL_ASSIGN(last_sequence, ReadLastSequence(database));
  return std::make_unique<RocksIngestStore>(database, last_sequence);
}

}  // namespace rawhaul
