#include "collect/ingest_builder.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "model/record_batch.h"

namespace rawhaul {
namespace {

// Packs records by kind and hour.
class RecordGrouper {
 public:
  explicit RecordGrouper(Timestamp received) : received_(received) {}

  void Add(const Record& record) { GroupOf(record.kind, HourOf(record.time)).encoder.Add(record); }

  std::vector<PackedRecords> Finish() {
    std::vector<PackedRecords> packed;
    packed.reserve(groups_.size());
    for (Group& group : groups_) packed.push_back({group.kind, group.hour, group.encoder.Finish()});
    return packed;
  }

 private:
  struct Group {
    RecordKind kind;
    Hour hour;
    RecordRowsEncoder encoder;
  };

  // Groups are few, and the newest one is the likeliest.
  Group& GroupOf(RecordKind kind, Hour hour) {
    const auto found = std::find_if(groups_.rbegin(), groups_.rend(), [&](const Group& group) {
      return group.kind == kind && group.hour == hour && group.encoder.rows() < kMaxBatchRows;
    });
    if (found != groups_.rend()) return *found;
    groups_.push_back({kind, hour, RecordRowsEncoder(received_)});
    return groups_.back();
  }

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
  // In order, since each would move all that are behind it.
  std::ranges::stable_sort(batch.tags, {}, [](const auto& tag) { return std::string_view(tag.first); });
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

std::vector<PackedRecords> Pack(const std::vector<Record>& records, Timestamp received) {
  RecordGrouper grouper(received);
  for (const Record& record : records) grouper.Add(record);
  return grouper.Finish();
}

size_t MemoryOf(const std::vector<Record>& records) {
  size_t bytes = records.capacity() * sizeof(Record);
  for (const Record& record : records)
    bytes += record.name.capacity() + record.stack.capacity() + record.extras.capacity();
  return bytes;
}

IngestBatch::Complete PackCompleted(std::vector<Record> records, Timestamp received,
                                    CompleteRecords complete) {
  return [records = std::move(records), received, complete = std::move(complete)](std::string& memory) {
    std::vector<Record> completed = records;
    complete(memory, completed);
    return Pack(completed, received);
  };
}

}  // namespace

IngestBatch MakeIngestBatch(uint32_t app, CollectedBatch& batch, const BatchTimes& times,
                            const CompleteRecords& complete) {
  // Of what the caller holds in it.
  constexpr size_t kCompleteBytes = sizeof(std::vector<Record>) + 128;
  IngestBatch out;
  out.app = app;
  out.batch_id = batch.batch_id;
  out.received_at = times.received;
  out.device_id = batch.device_id;
  out.device = MakePatch(batch, times);
  out.feedback = MergeFeedback(batch);
  if (!complete) {
    out.records = Pack(batch.records, times.received);
  } else {
    out.complete_bytes = MemoryOf(batch.records) + kCompleteBytes;
    out.complete = PackCompleted(std::move(batch.records), times.received, complete);
  }
  return out;
}

}  // namespace rawhaul
