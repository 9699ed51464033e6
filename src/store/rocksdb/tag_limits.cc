#include "store/rocksdb/tag_limits.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/rocksdb/keys.h"
#include "store/rocksdb/multi_get.h"

namespace rawhaul {
namespace {

Result<TagBudget> BudgetOf(const Result<std::optional<std::string>>& stored) {
  if (!stored) return Fail(stored.error());
  if (!*stored) return TagBudget(DevicePatch());
  RAWHAUL_ASSIGN(const DevicePatch state, DevicePatch::Decode(**stored));
  return TagBudget(state);
}

}  // namespace

TagLimits::TagLimits(const RocksDatabase& database, std::span<const IngestBatch* const> batches) {
  std::set<std::pair<uint32_t, Guid>> devices;
  for (const IngestBatch* batch : batches) {
    if (batch->device.NamesTags()) devices.emplace(batch->app, batch->device_id);
  }
  std::vector<std::string> keys;
  keys.reserve(devices.size());
  for (const auto& [app, device] : devices) keys.push_back(keys::Encode(keys::GuidKey{app, device}));
  const auto stored = MultiGet(database, Family::kDevices, keys);
  size_t next = 0;
  for (const auto& device : devices) budgets_.emplace(device, BudgetOf(stored[next++]));
}

Result<std::vector<std::string>> TagLimits::Admit(const IngestBatch& batch) {
  const auto found = budgets_.find({batch.app, batch.device_id});
  if (found == budgets_.end()) return std::vector<std::string>();
  Result<TagBudget>& budget = found->second;
  if (!budget) return Fail(budget.error());
  return budget->Admit(batch.device);
}

}  // namespace rawhaul
