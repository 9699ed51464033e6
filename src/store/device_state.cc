#include "store/device_state.h"

#include <utility>

#include "model/record_batch.h"
#include "model/wire.h"

namespace rawhaul {
namespace {

// Kinds of devices are few: some thousand fit.
constexpr size_t kMaxIdBytes = size_t{2} << 20;
constexpr size_t kEntryBytes = 100;  // of the table, beside the text

FieldValues ToValues(const auto& visit_all) {
  FieldValues values;
  visit_all([&](std::string_view name, const std::string& value) { values.emplace(name, value); });
  return values;
}

}  // namespace

template <typename Compute>
Guid ContentIds::Find(const Compute& compute) {
  const auto known = ids_.find(text_);
  if (known != ids_.end()) return known->second;
  if (bytes_ > kMaxIdBytes) {
    ids_.clear();
    bytes_ = 0;
  }
  bytes_ += text_.size() + kEntryBytes;
  return ids_.emplace(text_, compute()).first->second;
}

Guid ContentIds::InfoOf(const DevicePatch& state) {
  text_ = "i";
  const auto add = [&](std::string_view name, const std::string& value) {
    wire::PutString(name, text_);
    wire::PutString(value, text_);
  };
  state.VisitInfo(add);
  if (text_.size() == 1) return {};
  return Find([&] { return InfoId(ToValues([&](const auto& visit) { state.VisitInfo(visit); })); });
}

Guid ContentIds::LocationOf(const DevicePatch& state) {
  text_ = "l";
  const auto add = [&](std::string_view name, const std::string& value) {
    wire::PutString(name, text_);
    wire::PutString(value, text_);
  };
  state.VisitLocation(add);
  if (text_.size() == 1) return {};
  return Find([&] { return LocationId(ToValues([&](const auto& visit) { state.VisitLocation(visit); })); });
}

DeviceState::DeviceState(const DevicePatch& stored, ContentIds& ids)
    : context_(stored.Context()), info_id_(ids.InfoOf(context_)), location_id_(ids.LocationOf(context_)) {}

void DeviceState::SetMemory(std::string memory) {
  memory_ = std::move(memory);
  has_memory_ = true;
}

std::vector<EncodedRecords> DeviceState::Take(const IngestBatch& batch, ContentIds& ids) {
  const Head head = TakeContext(batch.device, ids);
  std::vector<PackedRecords> completed;
  if (batch.complete) {
    const std::string before = memory_;
    completed = batch.complete(memory_);
    memory_changed_ |= memory_ != before;
  }
  const std::vector<PackedRecords>& packed = batch.complete ? completed : batch.records;
  std::vector<EncodedRecords> records;
  records.reserve(packed.size());
  for (const PackedRecords& rows : packed) {
    records.push_back({rows.kind, rows.hour,
                       EncodeRecordBatchHead(rows.kind, batch.device_id, head.user_id, head.info_id,
                                             head.location_id, batch.received_at) +
                           rows.rows});
  }
  return records;
}

DeviceState::Head DeviceState::TakeContext(const DevicePatch& own, ContentIds& ids) {
  const auto change = context_.MergeContext(own);
  if (change.info) info_id_ = ids.InfoOf(context_);
  if (change.location) location_id_ = ids.LocationOf(context_);
  if (!change.is_old) return {info_id_, location_id_, UserOf(context_)};
  DevicePatch seen_by_itself = context_;
  seen_by_itself.OverlayContext(own);
  return {ids.InfoOf(seen_by_itself), ids.LocationOf(seen_by_itself), UserOf(seen_by_itself)};
}

std::string DeviceState::UserOf(const DevicePatch& state) {
  const std::string* user = state.FindTag(kUserIdTag);
  return user == nullptr ? std::string() : *user;
}

}  // namespace rawhaul
