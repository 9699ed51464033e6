// Stores in memory for tests of the collect path: what was written can be looked at, writes can be held up
// and made to fail.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/device.h"
#include "store/stores.h"

namespace rawhaul {

using DeviceTable = std::map<std::pair<uint32_t, Guid>, DevicePatch>;

// Thread-safe.
class FakeDeviceStore final : public DeviceStore {
 public:
  Result<std::optional<Device>> Find(uint32_t app, const Guid& device) const override;
  Result<std::vector<Guid>> FindByUser(uint32_t app, std::string_view user) const override;
  std::shared_ptr<const DeviceSnapshot> Snapshot(uint32_t app) const override;

  void Merge(uint32_t app, const Guid& device, const DevicePatch& patch);
  void FailWith(std::optional<Error> error);
  size_t finds() const;

 private:
  mutable Mutex mutex_;
  DeviceTable devices_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
  mutable size_t finds_ RAWHAUL_GUARDED_BY(mutex_) = 0;
};

using FeedbackTable = std::map<std::pair<uint32_t, FeedbackKey>, Feedback>;

// Thread-safe.
class FakeFeedbackStore final : public FeedbackStore {
 public:
  Result<std::optional<Feedback>> Find(uint32_t app, const FeedbackKey& key) const override;
  std::shared_ptr<const FeedbackSnapshot> Snapshot(uint32_t app) const override;

  void Merge(uint32_t app, const FeedbackKey& key, const Feedback& feedback);
  void FailWith(std::optional<Error> error);  // Find does

 private:
  mutable Mutex mutex_;
  FeedbackTable feedback_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
};

// Thread-safe. Knows batch ids as the interface demands.
class FakeIngestStore final : public IngestStore {
 public:
  FakeIngestStore(FakeDeviceStore& devices, FakeFeedbackStore& feedback)
      : devices_(devices), feedback_(feedback) {}

  std::vector<BatchOutcome> Write(std::span<const IngestBatch* const> batches) override;
  Status CheckWritable() override;

  // From now on a write waits for Release; WaitUntilHeld returns when one does.
  void Hold();
  void WaitUntilHeld();
  void Release();
  // Every write from now on fails; nullopt: none.
  void FailWith(std::optional<Error> error);

  // What each call of Write was given, also those that failed.
  std::vector<std::vector<IngestBatch>> groups() const;
  // What is stored.
  std::vector<IngestBatch> stored() const;

 private:
  void WaitWhileHeld(MutexLock& lock) RAWHAUL_REQUIRES(mutex_);

  FakeDeviceStore& devices_;
  FakeFeedbackStore& feedback_;
  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  bool hold_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool held_ RAWHAUL_GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
  std::vector<std::vector<IngestBatch>> groups_ RAWHAUL_GUARDED_BY(mutex_);
  std::vector<IngestBatch> stored_ RAWHAUL_GUARDED_BY(mutex_);
  std::set<std::pair<uint32_t, Guid>> batch_ids_ RAWHAUL_GUARDED_BY(mutex_);
};

class FakeStores final : public Stores {
 public:
  FakeIngestStore& ingest() override { return ingest_; }
  const FakeDeviceStore& devices() const override { return devices_; }
  FakeDeviceStore& devices() { return devices_; }
  const FakeFeedbackStore& feedback() const override { return feedback_; }
  FakeFeedbackStore& feedback() { return feedback_; }
  // The collect path does not read them: calling it ends the test program.
  const RecordStore& records() const override;
  AppSnapshot Snapshot(uint32_t app) const override {
    return {devices_.Snapshot(app), feedback_.Snapshot(app)};
  }

 private:
  FakeDeviceStore devices_;
  FakeFeedbackStore feedback_;
  FakeIngestStore ingest_{devices_, feedback_};
};

}  // namespace rawhaul
