#include "store/rocksdb/tag_limits.h"

#include <string>
#include <vector>

#include "store/rocksdb/keys.h"
#include "store/rocksdb/multi_get.h"

namespace rawhaul {
namespace {

Result<DevicePatch> Decode(const Result<std::optional<std::string>>& stored) {
  if (!stored) return Fail(stored.error());
  return *stored ? DevicePatch::Decode(**stored) : DevicePatch();
}

}  // namespace

TagLimits::TagLimits(const RocksDatabase& database, std::span<const IngestBatch* const> batches) {
  for (const IngestBatch* batch : batches) {
    if (batch->device.NamesTags()) states_.try_emplace({batch->app, batch->device_id});
  }
  std::vector<std::string> keys;
  keys.reserve(states_.size());
  for (const auto& [device, state] : states_)
    keys.push_back(keys::Encode(keys::GuidKey{device.first, device.second}));
  const auto stored = MultiGet(database, Family::kDevices, keys);
  size_t next = 0;
  for (auto& [device, state] : states_) state = Decode(stored[next++]);
}

Status TagLimits::Admit(const IngestBatch& batch) {
  const auto found = states_.find({batch.app, batch.device_id});
  if (found == states_.end()) return {};
  Result<DevicePatch>& state = found->second;
  if (!state) return Fail(state.error());
  RAWHAUL_TRY(state->CheckTags(batch.device));
  state->Merge(batch.device);
  return {};
}

}  // namespace rawhaul
