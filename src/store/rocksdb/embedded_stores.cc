#include "store/rocksdb/embedded_stores.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <atomic>

#include "store/rocksdb/device_memory_store.h"
#include "store/rocksdb/device_store.h"
#include "store/rocksdb/feedback_store.h"
#include "store/rocksdb/ingest.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/log_writer.h"
#include "store/rocksdb/record_store.h"
#include "store/rocksdb/status.h"
#include "store/rocksdb/user_index.h"

namespace rawhaul {
namespace {

constexpr std::string_view kCheckpoint = "making a checkpoint of the store";

class RocksStores final : public EmbeddedStores {
 public:
  explicit RocksStores(std::unique_ptr<RocksDatabase> database)
      : database_(std::move(database)),
        records_(MakeRecordStore(*database_, last_sequence_)),
        devices_(MakeDeviceStore(*database_)),
        feedback_(MakeFeedbackStore(*database_)),
        memories_(MakeDeviceMemoryStore(*database_)) {}

  Status Start(uint64_t device_cache_bytes) {
    RAWHAUL_TRY(BuildUserIndex(*database_));
    RAWHAUL_ASSIGN(ingest_, MakeIngestStore(*database_, device_cache_bytes, last_sequence_));
    return {};
  }

  IngestStore& ingest() override { return *ingest_; }
  const RecordStore& records() const override { return *records_; }
  const DeviceStore& devices() const override { return *devices_; }
  const FeedbackStore& feedback() const override { return *feedback_; }
  AppSnapshot Snapshot(uint32_t app) const override {
    const auto snapshot = std::make_shared<const DatabaseSnapshot>(*database_);
    return {MakeDeviceSnapshot(snapshot, app), MakeFeedbackSnapshot(snapshot, app)};
  }
  const DeviceMemoryStore& memories() const override { return *memories_; }

  Status Checkpoint(const std::filesystem::path& directory) override {
    rocksdb::Checkpoint* made = nullptr;
    RAWHAUL_TRY(ToStatus(rocksdb::Checkpoint::Create(&database_->db(), &made), kCheckpoint));
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    const std::string target = std::filesystem::absolute(directory).string();
    return ToStatus(database_->log().BetweenWrites([&] { return checkpoint->CreateCheckpoint(target); }),
                    kCheckpoint);
  }

  Result<uint32_t> GreatestApp() const override {
    uint32_t greatest = 0;
    for (rocksdb::ColumnFamilyHandle* family : database_->families()) {
      if (family == database_->family(Family::kState)) continue;
      const std::unique_ptr<rocksdb::Iterator> last(database_->db().NewIterator({}, family));
      last->SeekToLast();
      RAWHAUL_TRY(ToStatus(last->status(), "looking for the last app"));
      if (last->Valid()) greatest = std::max(greatest, keys::AppOf(last->key().ToStringView()));
    }
    return greatest;
  }

  Status SkipSequences(uint64_t last) override { return WriteLastSequence(*database_, last); }

 private:
  const std::unique_ptr<RocksDatabase> database_;
  std::atomic<uint64_t> last_sequence_{0};
  std::unique_ptr<IngestStore> ingest_;
  const std::unique_ptr<RecordStore> records_;
  const std::unique_ptr<DeviceStore> devices_;
  const std::unique_ptr<FeedbackStore> feedback_;
  const std::unique_ptr<DeviceMemoryStore> memories_;
};

}  // namespace

Result<std::unique_ptr<EmbeddedStores>> MakeEmbeddedStores(std::unique_ptr<RocksDatabase> database,
                                                           uint64_t device_cache_bytes) {
  auto stores = std::make_unique<RocksStores>(std::move(database));
  RAWHAUL_TRY(stores->Start(device_cache_bytes));
  return stores;
}

Result<std::unique_ptr<EmbeddedStores>> OpenEmbeddedStores(const std::filesystem::path& directory,
                                                           const EmbeddedStoreOptions& options,
                                                           const Clock& clock) {
  RAWHAUL_ASSIGN(auto database, RocksDatabase::Open(directory, options, clock, rocksdb::Env::Default()));
  return MakeEmbeddedStores(std::move(database), options.device_cache_bytes);
}

}  // namespace rawhaul
