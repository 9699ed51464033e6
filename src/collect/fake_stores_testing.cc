#include "collect/fake_stores_testing.h"

#include <cstdlib>
#include <tuple>

namespace rawhaul {

void HangingReads::Hold() {
  const MutexLock lock(mutex_);
  hold_ = true;
}

void HangingReads::WaitUntilHeld() {
  MutexLock lock(mutex_);
  while (!held_) changed_.wait(lock);
}

void HangingReads::Release() {
  {
    const MutexLock lock(mutex_);
    hold_ = held_ = false;
  }
  changed_.notify_all();
}

void HangingReads::Pass() {
  MutexLock lock(mutex_);
  held_ = hold_;
  changed_.notify_all();
  while (hold_) changed_.wait(lock);
}

Result<std::optional<Device>> FakeDeviceStore::Find(uint32_t app, const Guid& device) const {
  reads_.Pass();
  const MutexLock lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto found = devices_.find({app, device});
  if (found == devices_.end()) return std::nullopt;
  return found->second.ToDevice(device);
}

Result<std::vector<Guid>> FakeDeviceStore::FindByUser(uint32_t app, std::string_view user) const {
  reads_.Pass();
  const MutexLock lock(mutex_);
  if (failure_) return Fail(*failure_);
  std::vector<Guid> devices;
  for (const auto& [key, patch] : devices_) {
    if (key.first == app && patch.ToDevice(key.second).user_id() == user) devices.push_back(key.second);
  }
  if (devices.size() > kMaxDevicesOfUser)
    return Fail(ErrorCode::kInvalidArgument, "too many devices", std::string(kTooManyDevices));
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

Result<DevicePatch> FakeDeviceStore::State(uint32_t app, const Guid& device) const {
  const MutexLock lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto found = devices_.find({app, device});
  return found == devices_.end() ? DevicePatch() : found->second;
}

Result<std::string> FakeDeviceMemoryStore::Find(uint32_t app, const Guid& device) const {
  reads_.Pass();
  return Get(app, device);
}

std::string FakeDeviceMemoryStore::Get(uint32_t app, const Guid& device) const {
  const MutexLock lock(mutex_);
  const auto found = memories_.find({app, device});
  return found == memories_.end() ? std::string() : found->second;
}

void FakeDeviceMemoryStore::Set(uint32_t app, const Guid& device, std::string memory) {
  const MutexLock lock(mutex_);
  memories_[{app, device}] = std::move(memory);
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
  void SkipTo(uint64_t campaign_id) override {
    while (next_ < rows_.size() && rows_[next_].first.campaign_id < campaign_id) ++next_;
  }
  Status status() const override { return {}; }

 private:
  const std::vector<std::pair<FeedbackKey, Feedback>> rows_;
  size_t next_ = 0;
};

class FakeFeedbackSnapshot final : public FeedbackSnapshot {
 public:
  FakeFeedbackSnapshot(FeedbackTable table, uint32_t app) : table_(std::move(table)), app_(app) {}

  std::unique_ptr<FeedbackCursor> Read(CampaignType type, const CampaignRange& campaigns) const override {
    std::vector<std::pair<FeedbackKey, Feedback>> rows;
    for (const auto& [key, feedback] : table_) {
      const auto& [app, row] = key;
      if (app != app_ || row.type != type) continue;
      if (row.campaign_id < campaigns.first || row.campaign_id > campaigns.last) continue;
      rows.emplace_back(row, feedback);
    }
    return std::make_unique<FakeFeedbackCursor>(std::move(rows));
  }

 private:
  const FeedbackTable table_;
  const uint32_t app_;
};

}  // namespace

Result<std::vector<std::optional<Feedback>>> FakeFeedbackStore::FindAll(
    uint32_t app, std::span<const FeedbackKey> keys) const {
  const MutexLock lock(mutex_);
  ++calls_;
  if (failure_) return Fail(*failure_);
  std::vector<std::optional<Feedback>> all;
  for (const FeedbackKey& key : keys) {
    const auto found = feedback_.find({app, key});
    all.push_back(found == feedback_.end() ? std::nullopt : std::optional(found->second));
  }
  return all;
}

size_t FakeFeedbackStore::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
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
    outcomes.push_back(failure_ ? BatchOutcome{BatchFate::kUnknown, *failure_} : Store(*batch));
  }
  return outcomes;
}

BatchOutcome FakeIngestStore::Store(const IngestBatch& batch) {
  const auto refusal = refuses_ ? refuses_(batch) : std::nullopt;
  if (refusal) return {BatchFate::kRefused, *refusal};
  const auto id = std::pair(batch.app, batch.batch_id.value_or(Guid{}));
  if (batch.batch_id && batch_ids_.count(id) > 0) return {BatchFate::kKnown};
  const auto known = devices_.State(batch.app, batch.device_id);
  if (!known) return {BatchFate::kRefused, known.error()};
  DeviceState state(*known, ids_);
  state.SetMemory(memories_.Get(batch.app, batch.device_id));
  stored_.push_back({batch.app, batch.batch_id, batch.received_at, batch.device_id, batch.device,
                     state.Take(batch, ids_), batch.feedback});
  memories_.Set(batch.app, batch.device_id, state.memory());
  devices_.Merge(batch.app, batch.device_id, batch.device);
  for (const auto& [key, feedback] : batch.feedback) feedback_.Merge(batch.app, key, feedback);
  if (batch.batch_id) batch_ids_.insert(id);
  return {BatchFate::kStored};
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

void FakeIngestStore::RefuseIf(std::function<std::optional<Error>(const IngestBatch&)> refuses) {
  const MutexLock lock(mutex_);
  refuses_ = std::move(refuses);
}

std::vector<std::vector<IngestBatch>> FakeIngestStore::groups() const {
  const MutexLock lock(mutex_);
  return groups_;
}

std::vector<StoredIngest> FakeIngestStore::stored() const {
  const MutexLock lock(mutex_);
  return stored_;
}

const RecordStore& FakeStores::records() const { std::abort(); }

}  // namespace rawhaul
