// Stores in memory for tests of the collect path: what was written can be looked at, writes can be held up
// and made to fail.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/device.h"
#include "store/device_state.h"
#include "store/stores.h"

namespace rawhaul {

using DeviceTable = std::map<std::pair<uint32_t, Guid>, DevicePatch>;

// Reads of a disk that does not answer, while it is held. Thread-safe.
class HangingReads {
 public:
  void Hold();
  void WaitUntilHeld();  // until a read hangs
  void Release();
  void Pass();  // a read does

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool hold_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool held_ RAWHAUL_GUARDED_BY(mutex_) = false;
};

// Thread-safe.
class FakeDeviceStore final : public DeviceStore {
 public:
  Result<std::optional<Device>> Find(uint32_t app, const Guid& device) const override;
  Result<std::vector<Guid>> FindByUser(uint32_t app, std::string_view user) const override;
  std::shared_ptr<const DeviceSnapshot> Snapshot(uint32_t app) const override;

  void Merge(uint32_t app, const Guid& device, const DevicePatch& patch);
  // Whatever reads a device from now on fails; nullopt: nothing.
  void FailWith(std::optional<Error> error);
  // Empty for a device that is not known. Reads no disk.
  Result<DevicePatch> State(uint32_t app, const Guid& device) const;
  HangingReads& reads() const { return reads_; }

 private:
  mutable HangingReads reads_;
  mutable Mutex mutex_;
  DeviceTable devices_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
};

using FeedbackTable = std::map<std::pair<uint32_t, FeedbackKey>, Feedback>;

// Thread-safe.
class FakeFeedbackStore final : public FeedbackStore {
 public:
  Result<std::vector<std::optional<Feedback>>> FindAll(uint32_t app,
                                                       std::span<const FeedbackKey> keys) const override;
  std::shared_ptr<const FeedbackSnapshot> Snapshot(uint32_t app) const override;

  void Merge(uint32_t app, const FeedbackKey& key, const Feedback& feedback);
  void FailWith(std::optional<Error> error);  // FindAll does
  size_t calls() const;                       // of FindAll

 private:
  mutable Mutex mutex_;
  FeedbackTable feedback_ RAWHAUL_GUARDED_BY(mutex_);
  mutable size_t calls_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
};

// Thread-safe.
class FakeDeviceMemoryStore final : public DeviceMemoryStore {
 public:
  Result<std::string> Find(uint32_t app, const Guid& device) const override;
  void Set(uint32_t app, const Guid& device, std::string memory);
  // As Find, and reads no disk.
  std::string Get(uint32_t app, const Guid& device) const;
  HangingReads& reads() const { return reads_; }

 private:
  mutable HangingReads reads_;
  mutable Mutex mutex_;
  std::map<std::pair<uint32_t, Guid>, std::string> memories_ RAWHAUL_GUARDED_BY(mutex_);
};

// A batch as it was stored: its records have their heads.
struct StoredIngest {
  uint32_t app = 0;
  std::optional<Guid> batch_id;
  Timestamp received_at;
  Guid device_id;
  DevicePatch device;
  std::vector<EncodedRecords> records;
  std::vector<std::pair<FeedbackKey, Feedback>> feedback;
};

// Thread-safe. Knows batch ids, and gives heads to records, as the interface demands.
class FakeIngestStore final : public IngestStore {
 public:
  FakeIngestStore(FakeDeviceStore& devices, FakeFeedbackStore& feedback, FakeDeviceMemoryStore& memories)
      : devices_(devices), feedback_(feedback), memories_(memories) {}

  std::vector<BatchOutcome> Write(std::span<const IngestBatch* const> batches) override;
  Status CheckWritable() override;

  // From now on a write waits for Release; WaitUntilHeld returns when one does.
  void Hold();
  void WaitUntilHeld();
  void Release();
  // Every write from now on fails; nullopt: none.
  void FailWith(std::optional<Error> error);
  // The batches for which `refuses` gives an error are refused; it is called under a lock.
  void RefuseIf(std::function<std::optional<Error>(const IngestBatch&)> refuses);

  // What each call of Write was given, also those that failed.
  std::vector<std::vector<IngestBatch>> groups() const;
  // What is stored.
  std::vector<StoredIngest> stored() const;

 private:
  void WaitWhileHeld(MutexLock& lock) RAWHAUL_REQUIRES(mutex_);
  BatchOutcome Store(const IngestBatch& batch) RAWHAUL_REQUIRES(mutex_);

  FakeDeviceStore& devices_;
  FakeFeedbackStore& feedback_;
  FakeDeviceMemoryStore& memories_;
  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  bool hold_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool held_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
  std::vector<std::vector<IngestBatch>> groups_ RAWHAUL_GUARDED_BY(mutex_);
  std::function<std::optional<Error>(const IngestBatch&)> refuses_ RAWHAUL_GUARDED_BY(mutex_);
  std::vector<StoredIngest> stored_ RAWHAUL_GUARDED_BY(mutex_);
  ContentIds ids_ RAWHAUL_GUARDED_BY(mutex_);
  std::set<std::pair<uint32_t, Guid>> batch_ids_ RAWHAUL_GUARDED_BY(mutex_);
};

class FakeStores final : public Stores {
 public:
  FakeIngestStore& ingest() override { return ingest_; }
  const FakeDeviceStore& devices() const override { return devices_; }
  FakeDeviceStore& devices() { return devices_; }
  const FakeFeedbackStore& feedback() const override { return feedback_; }
  FakeFeedbackStore& feedback() { return feedback_; }
  const FakeDeviceMemoryStore& memories() const override { return memories_; }
  // The collect path does not read them: calling it ends the test program.
  const RecordStore& records() const override;
  AppSnapshot Snapshot(uint32_t app) const override {
    return {devices_.Snapshot(app), feedback_.Snapshot(app)};
  }

 private:
  FakeDeviceStore devices_;
  FakeFeedbackStore feedback_;
  FakeDeviceMemoryStore memories_;
  FakeIngestStore ingest_{devices_, feedback_, memories_};
};

}  // namespace rawhaul
