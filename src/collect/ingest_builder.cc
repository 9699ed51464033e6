#include "collect/ingest_builder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/record_batch.h"

namespace rawhaul {
namespace {

// Packs records by kind and hour.
class RecordGrouper {
 public:
  RecordGrouper(const Guid& device, const DeviceContext& context, Timestamp received)
      : device_(device), context_(context), received_(received) {}

  void Add(const Record& record) { GroupOf(record.kind, HourOf(record.time)).encoder.Add(record); }

  std::vector<EncodedRecords> Finish() {
    std::vector<EncodedRecords> encoded;
    encoded.reserve(groups_.size());
    for (Group& group : groups_) encoded.push_back({group.kind, group.hour, group.encoder.Finish()});
    return encoded;
  }

 private:
  struct Group {
    RecordKind kind;
    Hour hour;
    RecordBatchEncoder encoder;
  };

  // Groups are few, and the newest one is the likeliest.
  Group& GroupOf(RecordKind kind, Hour hour) {
    const auto found = std::find_if(groups_.rbegin(), groups_.rend(), [&](const Group& group) {
      return group.kind == kind && group.hour == hour && group.encoder.rows() < kMaxBatchRows;
    });
    if (found != groups_.rend()) return *found;
    groups_.push_back({kind, hour,
                       RecordBatchEncoder(kind, device_, context_.user_id, context_.info->id,
                                          context_.location->id, received_)});
    return groups_.back();
  }

  const Guid& device_;
  const DeviceContext& context_;
  const Timestamp received_;
  std::vector<Group> groups_;
};

void AddSeen(const CollectedBatch& batch, const BatchTimes& times, DevicePatch& patch) {
  Timestamp first = times.effective;
  Timestamp last = times.effective;
  const auto widen = [&](Timestamp time) {
    first = std::min(first, time);
    last = std::max(last, std::min(time, times.received));
  };
  for (const Record& record : batch.records) widen(record.time);
  for (const auto& entry : batch.feedback) widen(entry.time);
  patch.Seen(first);
  patch.Seen(last);
}

DevicePatch MakePatch(CollectedBatch& batch, const BatchTimes& times) {
  DevicePatch patch;
  if (batch.from_device) AddSeen(batch, times, patch);
  const Timestamp time = times.effective;
  for (auto& [field, value] : batch.info) patch.SetInfo(field, std::move(value), time);
  for (auto& [field, value] : batch.location) patch.SetLocation(field, std::move(value), time);
  for (auto& [key, value] : batch.tags) patch.SetTag(key, std::move(value), time);
  if (batch.token) patch.SetToken(std::move(*batch.token), time);
  if (batch.native_push_enabled) patch.SetNativePushEnabled(*batch.native_push_enabled, time);
  if (batch.external_id) patch.SetExternalId(*std::move(batch.external_id), time);
  return patch;
}

std::vector<std::pair<FeedbackKey, Feedback>> MergeFeedback(const CollectedBatch& batch) {
  std::map<FeedbackKey, Feedback> merged;
  for (const auto& entry : batch.feedback) {
    Feedback feedback{entry.flags, entry.time, entry.time};
    for (const PollAnswer& answer : entry.answers) feedback.MergeAnswer(answer);
    const auto [place, added] =
        merged.try_emplace({entry.type, entry.campaign_id, batch.device_id}, feedback);
    if (!added) place->second.Merge(feedback);
  }
  return {merged.begin(), merged.end()};
}

}  // namespace

IngestBatch MakeIngestBatch(uint32_t app, CollectedBatch& batch, const DeviceContext& context,
                            const BatchTimes& times) {
  IngestBatch out;
  out.app = app;
  out.batch_id = batch.batch_id;
  out.received_at = times.received;
  out.device_id = batch.device_id;
  RecordGrouper grouper(batch.device_id, context, times.received);
  for (const Record& record : batch.records) grouper.Add(record);
  out.records = grouper.Finish();
  out.device = MakePatch(batch, times);
  out.feedback = MergeFeedback(batch);
  return out;
}

size_t WeightOf(const CollectedBatch& batch, size_t json_bytes) {
  constexpr size_t kBatchBytes = 512;
  constexpr size_t kCellBytes = 128;  // of a map, beside the text
  size_t cells = batch.info.size() + batch.location.size() + batch.tags.size();
  for (const auto& entry : batch.feedback) cells += 1 + entry.answers.size();
  return json_bytes + kBatchBytes + kCellBytes * cells;
}

}  // namespace rawhaul
