#include "store/rocksdb/ingest_group.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <set>

#include "base/logging.h"
#include "store/rocksdb/device_memory_store.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/multi_get.h"
#include "store/rocksdb/tag_limits.h"
#include "store/rocksdb/user_index.h"

namespace rawhaul {
namespace {

// Devices that are looked up at once: each may be large, and only its context is kept.
constexpr size_t kDevicesAtOnce = 64;

keys::GuidKey DeviceOf(const IngestBatch& batch) { return {batch.app, batch.device_id}; }

// About what a group takes as one write, so that it need not grow.
size_t BytesOf(std::span<const IngestBatch* const> batches) {
  constexpr size_t kDeviceAndKeys = 1024;
  size_t bytes = 0;
  for (const IngestBatch* batch : batches) {
    bytes += kDeviceAndKeys;
    for (const PackedRecords& records : batch->records) bytes += records.rows.size();
  }
  return bytes;
}

}  // namespace

Error ToRefusal(const Error& cause) {
  std::string_view what = "the store cannot be used";
  std::string reason = cause.reason;
  if (cause.code == ErrorCode::kDataLoss) reason = kStoreDamaged;
  if (reason == kDiskFull) what = "the server's disk is full";
  if (reason == kDiskError) what = "the server's disk reports errors";
  if (reason == kStoreDamaged) what = "the server's store is damaged";
  return {ErrorCode::kUnavailable, fmt::format("{}; what was sent is not stored", what), std::move(reason)};
}

IngestGroup::IngestGroup(const RocksDatabase& database, DeviceCache& cache, ContentIds& ids,
                         std::span<const IngestBatch* const> batches)
    : database_(database), cache_(cache), ids_(ids), changes_(BytesOf(batches)) {
  members_.reserve(batches.size());
  for (const IngestBatch* batch : batches) members_.emplace_back().batch = batch;
}

IngestGroup::~IngestGroup() { cache_.Settle(used_, is_durable_); }

void IngestGroup::Prepare(uint64_t& last_given) {
  FindKnown();
  FindDevices();
  FindMemories();
  AddAll(last_given);
  AddDevices();
  AddMemories();
}

std::vector<BatchOutcome> IngestGroup::Stored() {
  is_durable_ = true;
  return TakeOutcomes();
}

std::vector<BatchOutcome> IngestGroup::Failed(const Error& error) {
  for (Member& member : members_) {
    if (member.outcome.fate == BatchFate::kStored) member.outcome = {BatchFate::kUnknown, error};
  }
  return TakeOutcomes();
}

// One that repeats another of the group fares no better than that one.
std::vector<BatchOutcome> IngestGroup::TakeOutcomes() {
  std::vector<BatchOutcome> outcomes;
  outcomes.reserve(members_.size());
  for (Member& member : members_) {
    const bool first_failed = member.repeats && !outcomes[*member.repeats].is_done();
    outcomes.push_back(first_failed ? outcomes[*member.repeats] : std::move(member.outcome));
  }
  return outcomes;
}

void IngestGroup::FindKnown() {
  std::vector<std::string> ids;
  std::unordered_map<std::string_view, size_t> first_with;
  for (size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    if (!member.batch->batch_id) continue;
    member.id = keys::Encode(keys::GuidKey{member.batch->app, *member.batch->batch_id});
    const auto [first, is_new] = first_with.try_emplace(member.id, i);
    if (is_new) {
      ids.push_back(member.id);
    } else {
      member.repeats = first->second;
      member.outcome.fate = BatchFate::kKnown;
    }
  }
  const auto stored = MultiGet(database_, Family::kDedupe, ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    Member& member = members_[first_with.at(ids[i])];
    if (!stored[i]) {
      Refuse(member, stored[i].error());
    } else if (*stored[i]) {
      member.outcome.fate = BatchFate::kKnown;
    }
  }
}

void IngestGroup::Refuse(Member& member, const Error& cause) {
  log::Error("a batch of the device {} of app {} is refused: {}", member.batch->device_id.ToHex(),
             member.batch->app, cause.message);
  member.device = nullptr;
  member.outcome = {BatchFate::kRefused, ToRefusal(cause)};
}

void IngestGroup::FindDevices() {
  std::set<keys::GuidKey> missing;
  for (const Member& member : members_) {
    if (member.outcome.fate != BatchFate::kStored) continue;
    const keys::GuidKey device = DeviceOf(*member.batch);
    if (cache_.Find(device) == nullptr) missing.insert(device);
  }
  const Errors errors = LoadDevices({missing.begin(), missing.end()});
  for (Member& member : members_) {
    if (member.outcome.fate != BatchFate::kStored) continue;
    member.device = cache_.Find(DeviceOf(*member.batch));
    if (member.device == nullptr) {
      Refuse(member, errors.at(keys::Encode(DeviceOf(*member.batch))));
    } else {
      used_.push_back(member.device);
    }
  }
  std::sort(used_.begin(), used_.end());
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
}

IngestGroup::Errors IngestGroup::LoadDevices(const std::vector<keys::GuidKey>& devices) {
  Errors errors;
  for (size_t begin = 0; begin < devices.size(); begin += kDevicesAtOnce) {
    const auto some = std::span(devices).subspan(begin, std::min(kDevicesAtOnce, devices.size() - begin));
    std::vector<std::string> keys;
    for (const keys::GuidKey& device : some) keys.push_back(keys::Encode(device));
    const auto stored = MultiGet(database_, Family::kDevices, keys);
    for (size_t i = 0; i < some.size(); ++i) {
      if (!stored[i]) {
        errors.emplace(keys[i], stored[i].error());
        continue;
      }
      const auto patch = *stored[i] ? DevicePatch::Decode(**stored[i]) : DevicePatch();
      if (patch) {
        cache_.Insert(some[i], DeviceState(*patch, ids_));
      } else {
        errors.emplace(keys[i], patch.error());
      }
    }
  }
  return errors;
}

void IngestGroup::FindMemories() {
  std::vector<DeviceCache::Entry*> missing;
  for (const Member& member : members_) {
    const bool lacks =
        member.device != nullptr && member.batch->complete && !member.device->state.has_memory();
    if (lacks) missing.push_back(member.device);
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  const Errors errors = LoadMemories(missing);
  if (errors.empty()) return;
  for (Member& member : members_) {
    const bool lacks =
        member.device != nullptr && member.batch->complete && !member.device->state.has_memory();
    if (lacks) Refuse(member, errors.at(keys::Encode(member.device->device)));
  }
}

IngestGroup::Errors IngestGroup::LoadMemories(const std::vector<DeviceCache::Entry*>& entries) {
  std::vector<std::string> keys;
  for (const DeviceCache::Entry* entry : entries) keys.push_back(keys::Encode(entry->device));
  const auto stored = MultiGet(database_, Family::kMemory, keys);
  Errors errors;
  for (size_t i = 0; i < entries.size(); ++i) {
    Result<std::string> memory;
    if (!stored[i]) {
      memory = Fail(stored[i].error());
    } else if (*stored[i]) {
      memory = **stored[i];
    } else {
      const auto device = database_.Get(Family::kDevices, keys[i]);
      memory = device ? ReadOldMemory(*device) : Result<std::string>(Fail(device.error()));
    }
    if (memory) {
      entries[i]->state.SetMemory(*std::move(memory));
    } else {
      errors.emplace(keys[i], memory.error());
    }
  }
  return errors;
}

void IngestGroup::AddAll(uint64_t& last_given) {
  std::vector<const IngestBatch*> batches;
  for (const Member& member : members_) {
    if (member.device != nullptr) batches.push_back(member.batch);
  }
  TagLimits tag_limits(database_, batches);
  for (Member& member : members_) {
    if (member.device == nullptr) continue;
    if (const auto forgotten = tag_limits.Admit(*member.batch); !forgotten) {
      member.outcome = {BatchFate::kRefused, forgotten.error()};
    } else {
      Add(member, *forgotten, last_given);
    }
  }
}

void IngestGroup::Add(Member& member, const std::vector<std::string>& forgotten_tags, uint64_t& last_given) {
  const IngestBatch& batch = *member.batch;
  DeviceState& state = member.device->state;
  const std::string user_before = state.user();
  for (const EncodedRecords& records : state.Take(batch, ids_)) {
    const std::string key =
        keys::Encode(keys::RecordKey{batch.app, records.kind, records.hour, ++last_given});
    changes_.Put(database_.family(Family::kRecords), key, records.encoded);
  }
  DevicePatch& change = devices_[keys::Encode(DeviceOf(batch))];
  change.Merge(batch.device);
  for (const std::string& tag : forgotten_tags) change.ForgetTag(tag);
  IndexUser(database_, DeviceOf(batch), user_before, state.user(), changes_);
  for (const auto& [key, feedback] : batch.feedback) {
    changes_.Merge(database_.family(Family::kFeedback), keys::Encode(keys::AppFeedbackKey{batch.app, key}),
                   feedback.Encode());
  }
  if (member.id.empty()) return;
  changes_.Put(database_.family(Family::kDedupe), member.id,
               keys::EncodeNumber(static_cast<uint64_t>(ToMillis(batch.received_at))));
}

// Devices and memories once each, however many batches of a device there are: reading a device takes as long
// as its changes are many, and a batch of a few bytes may change all of a memory.
void IngestGroup::AddDevices() {
  for (const auto& [key, change] : devices_)
    changes_.Merge(database_.family(Family::kDevices), key, change.Encode());
}

void IngestGroup::AddMemories() {
  for (DeviceCache::Entry* entry : used_) {
    if (!entry->state.TakeMemoryChange()) continue;
    changes_.Put(database_.family(Family::kMemory), keys::Encode(entry->device), entry->state.memory());
  }
}

}  // namespace rawhaul
