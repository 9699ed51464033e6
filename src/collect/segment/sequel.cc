#include "collect/segment/sequel.h"

#include <algorithm>

#include "collect/segment/jobs.h"
#include "collect/segment/sessions.h"

namespace rawhaul::segment {
namespace {

constexpr uint8_t kVersion = 1;

// What is remembered of a device: docs/storage-format.md, "Memory".
struct Memory {
  explicit Memory(const Guid& device_id) : device(device_id), sessions(device_id) {}

  void Decode(const std::string& encoded) {
    if (encoded.empty()) return;
    wire::Input in(encoded);
    const bool ok = in.Byte() == kVersion && sessions.Decode(in) && jobs.Decode(in) && in.rest().empty();
    if (!ok) *this = Memory(device);
  }
  std::string Encode() const {
    std::string out;
    wire::PutByte(kVersion, out);
    sessions.Encode(out);
    jobs.Encode(out);
    return out;
  }

  Guid device;
  Sessions sessions;
  Jobs jobs;
};

void AddSession(const std::optional<RememberedSession>& session, CollectedBatch& batch) {
  if (!session) return;
  Record& record = batch.records.emplace_back();
  record.kind = RecordKind::kSession;
  record.session_id = session->id;
  record.time = session->first;
  record.start = session->first;
  record.end = std::max(session->first, session->last);
}

void StartJob(const MappedMessage& message, Jobs& jobs, CollectedBatch& batch) {
  const Record started = std::move(batch.records.at(0));
  batch.records.clear();
  const auto lost = jobs.Start(message.job_key, started.job_id, started.name, message.time);
  if (!lost) return;
  Record& record = batch.records.emplace_back();
  record.kind = RecordKind::kJob;
  record.job_id = lost->id;
  record.name = lost->name;
  record.time = *lost->start;
  record.start = lost->start;
}

void FinishJob(const MappedMessage& message, Jobs& jobs, CollectedBatch& batch) {
  Record& record = batch.records.at(0);
  const RememberedJob job = jobs.Finish(message.job_key, record.job_id, message.time);
  record.job_id = job.id;
  record.start = job.start.value_or(message.time);
  record.end = message.time;
  record.time = *record.start;
}

}  // namespace

bool LacksStart(const MappedMessage& message, const Guid& device, const std::string& memory) {
  if (message.sequel != Sequel::kJobFinished) return false;
  Memory remembered(device);
  remembered.Decode(memory);
  return !remembered.jobs.CanFinish(message.job_key, message.time);
}

void Complete(const MappedMessage& message, std::string& memory, CollectedBatch& batch) {
  if (message.sequel == Sequel::kNone) return;
  Memory device(batch.device_id);
  device.Decode(memory);
  switch (message.sequel) {
    case Sequel::kNone:
      return;
    case Sequel::kInSession:
      batch.records.at(0).session_id = device.sessions.At(message.time, message.next_activity);
      return;
    case Sequel::kActivity:
      batch.records.at(0).session_id = device.sessions.OfActivity(message.time);
      break;
    case Sequel::kOpened:
      AddSession(device.sessions.Open(message.time), batch);
      break;
    case Sequel::kBackgrounded:
      AddSession(device.sessions.Close(message.time), batch);
      break;
    case Sequel::kJobStarted:
      StartJob(message, device.jobs, batch);
      break;
    case Sequel::kJobFinished:
      FinishJob(message, device.jobs, batch);
      break;
  }
  memory = device.Encode();
}

}  // namespace rawhaul::segment
