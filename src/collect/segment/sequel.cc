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

void AddSession(const std::optional<RememberedSession>& session, std::vector<Record>& records) {
  if (!session) return;
  Record& record = records.emplace_back();
  record.kind = RecordKind::kSession;
  record.session_id = session->id;
  record.time = session->first;
  record.start = session->first;
  record.end = std::max(session->first, session->last);
}

// Told with a start alone.
void AddLost(std::vector<RememberedJob> lost, std::vector<Record>& records) {
  for (RememberedJob& job : lost) {
    Record& record = records.emplace_back();
    record.kind = RecordKind::kJob;
    record.job_id = job.id;
    record.name = std::move(job.name);
    record.time = *job.start;
    record.start = job.start;
  }
}

void StartJob(const Step& step, Jobs& jobs, std::vector<Record>& records) {
  jobs.Start(step.job_key, records.at(0).job_id, records.at(0).name, step.time);
  records.clear();
  AddLost(jobs.TakeLost(), records);
}

void FinishJob(const Step& step, Jobs& jobs, std::vector<Record>& records) {
  Record& record = records.at(0);
  const RememberedJob job = jobs.Finish(step.job_key, record.job_id, step.time);
  record.job_id = job.id;
  record.start = job.start.value_or(step.time);
  record.end = step.time;
  record.time = *record.start;
  AddLost(jobs.TakeLost(), records);
}

}  // namespace

Step StepOf(const MappedMessage& message) {
  return {message.batch->device_id, message.sequel, message.time, message.next_activity, message.job_key};
}

bool HasStart(const Step& step, const std::string& memory) {
  Memory remembered(step.device);
  remembered.Decode(memory);
  return remembered.jobs.CanFinish(step.job_key, step.time);
}

void Complete(const Step& step, std::string& memory, std::vector<Record>& records) {
  if (step.sequel == Sequel::kNone) return;
  Memory device(step.device);
  device.Decode(memory);
  switch (step.sequel) {
    case Sequel::kNone:
      return;
    case Sequel::kInSession:
      records.at(0).session_id = device.sessions.At(step.time, step.next_activity);
      return;
    case Sequel::kActivity:
      records.at(0).session_id = device.sessions.OfActivity(step.time);
      break;
    case Sequel::kOpened:
      AddSession(device.sessions.Open(step.time), records);
      break;
    case Sequel::kBackgrounded:
      AddSession(device.sessions.Close(step.time), records);
      break;
    case Sequel::kJobStarted:
      StartJob(step, device.jobs, records);
      break;
    case Sequel::kJobFinished:
      FinishJob(step, device.jobs, records);
      break;
  }
  memory = device.Encode();
}

}  // namespace rawhaul::segment
