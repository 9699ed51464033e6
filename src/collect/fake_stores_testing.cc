#include "collect/fake_stores_testing.h"

#include <cstdlib>
#include <tuple>

namespace rawhaul {

Result<std::optional<Device>> FakeDeviceStore::Find(uint32_t app, const Guid& device) const {
  const MutexLock lock(mutex_);
  ++finds_;
  if (failure_) return Fail(*failure_);
  const auto found = devices_.find({app, device});
  if (found == devices_.end()) return std::nullopt;
  return found->second.ToDevice(device);
}

Result<std::vector<Guid>> FakeDeviceStore::FindByUser(uint32_t app, std::string_view user) const {
  const MutexLock lock(mutex_);
  if (failure_) return Fail(*failure_);
  std::vector<Guid> devices;
  for (const auto& [key, patch] : devices_) {
    if (key.first == app && patch.ToDevice(key.second).user_id() == user) devices.push_back(key.second);
  }
  return devices;
}

std::shared_ptr<const DeviceSnapshot> FakeDeviceStore::Snapshot(uint32_t) const { return nullptr; }

void FakeDeviceStore::Merge(uint32_t app, const Guid& device, const DevicePatch& patch) {
  const MutexLock lock(mutex_);
  devices_[{app, device}].Merge(patch);
}

void FakeDeviceStore::FailWith(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  failure_ = std::move(error);
}

size_t FakeDeviceStore::finds() const {
  const MutexLock lock(mutex_);
  return finds_;
}

namespace {

class FakeFeedbackCursor final : public FeedbackCursor {
 public:
  explicit FakeFeedbackCursor(std::vector<std::pair<FeedbackKey, Feedback>> rows) : rows_(std::move(rows)) {}

  bool Next(FeedbackKey& key, Feedback& feedback) override {
    if (next_ == rows_.size()) return false;
    std::tie(key, feedback) = rows_[next_++];
    return true;
  }
  Status status() const override { return {}; }

 private:
  const std::vector<std::pair<FeedbackKey, Feedback>> rows_;
  size_t next_ = 0;
};

class FakeFeedbackSnapshot final : public FeedbackSnapshot {
 public:
  FakeFeedbackSnapshot(FeedbackTable table, uint32_t app) : table_(std::move(table)), app_(app) {}

  std::unique_ptr<FeedbackCursor> Read(CampaignType type, std::optional<uint64_t> campaign) const override {
    std::vector<std::pair<FeedbackKey, Feedback>> rows;
    for (const auto& [key, feedback] : table_) {
      const auto& [app, row] = key;
      if (app != app_ || row.type != type || (campaign && row.campaign_id != *campaign)) continue;
      rows.emplace_back(row, feedback);
    }
    return std::make_unique<FakeFeedbackCursor>(std::move(rows));
  }

 private:
  const FeedbackTable table_;
  const uint32_t app_;
};

}  // namespace

Result<std::optional<Feedback>> FakeFeedbackStore::Find(uint32_t app, const FeedbackKey& key) const {
  const MutexLock lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto found = feedback_.find({app, key});
  return found == feedback_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const FeedbackSnapshot> FakeFeedbackStore::Snapshot(uint32_t app) const {
  const MutexLock lock(mutex_);
  return std::make_shared<FakeFeedbackSnapshot>(feedback_, app);
}

void FakeFeedbackStore::Merge(uint32_t app, const FeedbackKey& key, const Feedback& feedback) {
  const MutexLock lock(mutex_);
  const auto [stored, is_new] = feedback_.try_emplace({app, key}, feedback);
  if (!is_new) stored->second.Merge(feedback);
}

void FakeFeedbackStore::FailWith(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  failure_ = std::move(error);
}

std::vector<BatchOutcome> FakeIngestStore::Write(std::span<const IngestBatch* const> batches) {
  MutexLock lock(mutex_);
  auto& group = groups_.emplace_back();
  for (const IngestBatch* batch : batches) group.push_back(*batch);
  WaitWhileHeld(lock);
  std::vector<BatchOutcome> outcomes;
  for (const IngestBatch* batch : batches) {
    if (failure_) {
      outcomes.push_back({BatchFate::kUnknown, *failure_});
      continue;
    }
    if (batch->batch_id && !batch_ids_.insert({batch->app, *batch->batch_id}).second) {
      outcomes.push_back({BatchFate::kKnown});
      continue;
    }
    outcomes.push_back({BatchFate::kStored});
    devices_.Merge(batch->app, batch->device_id, batch->device);
    for (const auto& [key, feedback] : batch->feedback) feedback_.Merge(batch->app, key, feedback);
    stored_.push_back(*batch);
  }
  return outcomes;
}

Status FakeIngestStore::CheckWritable() {
  MutexLock lock(mutex_);
  WaitWhileHeld(lock);
  return failure_ ? Status(Fail(*failure_)) : Status();
}

void FakeIngestStore::WaitWhileHeld(MutexLock& lock) {
  held_ = hold_;
  changed_.notify_all();
  while (hold_) changed_.wait(lock);
}

void FakeIngestStore::Hold() {
  const MutexLock lock(mutex_);
  hold_ = true;
}

void FakeIngestStore::WaitUntilHeld() {
  MutexLock lock(mutex_);
  while (!held_) changed_.wait(lock);
}

void FakeIngestStore::Release() {
  {
    const MutexLock lock(mutex_);
    hold_ = held_ = false;
  }
  changed_.notify_all();
}

void FakeIngestStore::FailWith(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  failure_ = std::move(error);
}

std::vector<std::vector<IngestBatch>> FakeIngestStore::groups() const {
  const MutexLock lock(mutex_);
  return groups_;
}

std::vector<IngestBatch> FakeIngestStore::stored() const {
  const MutexLock lock(mutex_);
  return stored_;
}

const RecordStore& FakeStores::records() const { std::abort(); }

}  // namespace rawhaul
