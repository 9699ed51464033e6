#include "collect/tag_writer.h"

#include <utility>

#include "base/mutex.h"
#include "collect/pending_writes.h"
#include "model/device_id.h"
#include "store/ingest_store.h"

namespace rawhaul {
namespace {

// A user has up to a thousand devices, and each gets all of the tags. Without a bound they would not fit into
// the queue of the app, and be refused at each try.
constexpr size_t kMostUnderWay = size_t{4} << 20;
constexpr size_t kBatchBytes = 1024;  // of the batch that brings a device its tags, beside these

// It says nothing of what else was handed on: the tags cannot be set, or what is stored there is damaged.
// Trying it again would not help.
bool IsOfOneCall(const Error& error) {
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kDataLoss ||
         error.reason == kStoreDamaged;
}

}  // namespace

size_t MemoryOf(const TagChanges& tags) {
  size_t bytes = tags.size() * sizeof(TagChanges::value_type);
  for (const auto& [name, value] : tags) bytes += name.size() + value.value_or("").size();
  return bytes;
}

// Shared with the callbacks, which may come after the writer's end.
struct TagWriter::UnderWay {
  void End(size_t call, const Status& outcome) {
    {
      const MutexLock lock(mutex);
      if (!outcome && IsOfOneCall(outcome.error())) {
        refusals.push_back({call, outcome.error()});
      } else if (!outcome && first_failure) {
        first_failure = Fail(outcome.error());
      }
    }
    writes.End();
  }

  void Refuse(size_t call, const Error& error) {
    const MutexLock lock(mutex);
    refusals.push_back({call, error});
  }

  Status failure() {
    const MutexLock lock(mutex);
    return first_failure;
  }

  PendingWrites writes;
  Mutex mutex;
  Status first_failure RAWHAUL_GUARDED_BY(mutex);
  std::vector<Refusal> refusals RAWHAUL_GUARDED_BY(mutex);
};

TagWriter::TagWriter(uint32_t app, Collector& collector, const DeviceStore& devices,
                     std::optional<Timestamp> as_of, std::chrono::milliseconds patience)
    : app_(app),
      collector_(collector),
      devices_(devices),
      as_of_(as_of),
      patience_(patience),
      under_way_(std::make_shared<UnderWay>()) {}

Result<bool> TagWriter::TagDevice(std::string_view device, const TagChanges& tags) {
  ++calls_;
  const auto id = ParseDeviceId(device);
  if (!id) return false;
  const auto known = devices_.Find(app_, *id);
  if (!known) return Refuse(known.error());
  if (!*known) return false;
  RAWHAUL_TRY(Submit(*id, tags));
  return true;
}

Result<bool> TagWriter::TagUser(std::string_view user, const TagChanges& tags) {
  ++calls_;
  const auto devices = devices_.FindByUser(app_, user);
  if (!devices) return Refuse(devices.error());
  for (const Guid& device : *devices) RAWHAUL_TRY(Submit(device, tags));
  return !devices->empty();
}

Result<bool> TagWriter::Refuse(const Error& error) {
  if (!IsOfOneCall(error)) return Fail(error);
  under_way_->Refuse(calls_ - 1, error);
  return true;
}

Result<std::vector<TagWriter::Refusal>> TagWriter::Wait() {
  calls_ = 0;
  const auto ended = std::exchange(under_way_, std::make_shared<UnderWay>());
  RAWHAUL_TRY(ended->writes.Wait(patience_));
  RAWHAUL_TRY(ended->failure());
  const MutexLock lock(ended->mutex);
  return std::move(ended->refusals);
}

Status TagWriter::Submit(const Guid& device, const TagChanges& tags) {
  RAWHAUL_TRY(under_way_->failure());
  if (tags.empty()) return {};
  if (bytes_ += MemoryOf(tags) + kBatchBytes; bytes_ > kMostUnderWay) {
    RAWHAUL_TRY(under_way_->writes.Wait(patience_));
    bytes_ = 0;
  }
  CollectedBatch batch;
  batch.device_id = device;
  batch.from_device = false;
  batch.tags = tags;
  batch.sent_at = as_of_;
  under_way_->writes.Begin();
  std::vector<Collector::HistoryBatch> alone;
  alone.push_back(
      {std::move(batch), nullptr,
       [under_way = under_way_, call = calls_ - 1](const Status& stored) { under_way->End(call, stored); }});
  collector_.CollectHistory(app_, std::move(alone));
  return {};
}

}  // namespace rawhaul
