#include "collect/segment/jobs.h"

#include <algorithm>
#include <utility>

#include "collect/segment/ids.h"

namespace rawhaul::segment {
namespace {

constexpr size_t kRemembered = 32;
enum Flags : uint8_t { kStart = 1, kEnd = 2 };

// At most, encoded.
size_t BytesOf(const RememberedJob& job) { return job.name.size() + 52; }

Guid IdOr(const Guid& id, const Guid& key, Timestamp time) { return id.IsZero() ? JobIdAt(key, time) : id; }

}  // namespace

void Jobs::Start(const Guid& key, const Guid& id, std::string_view name, Timestamp time) {
  const auto known = std::find_if(jobs_.begin(), jobs_.end(), [&](const RememberedJob& job) {
    const bool ended_before = !job.start && job.end && time <= *job.end;
    return job.key == key && (job.start == time || ended_before);
  });
  if (known == jobs_.end()) return Add({key, IdOr(id, key, time), std::string(name), time, std::nullopt});
  known->start = time;
}

RememberedJob Jobs::Finish(const Guid& key, const Guid& id, Timestamp time) {
  RememberedJob* found = nullptr;
  for (RememberedJob& job : jobs_) {
    if (job.key != key) continue;
    if (job.end == time) return job;
    const bool fits = !job.end && *job.start <= time;
    if (fits && (found == nullptr || *found->start < *job.start)) found = &job;
  }
  if (found != nullptr) {
    found->end = time;
    found->name.clear();
    return *found;
  }
  RememberedJob job{key, IdOr(id, key, time), {}, std::nullopt, time};
  Add(job);
  return job;
}

bool Jobs::CanFinish(const Guid& key, Timestamp time) const {
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const RememberedJob& job) {
    return job.key == key && (job.end ? *job.end == time : *job.start <= time);
  });
}

// Those that ended are forgotten first.
void Jobs::Add(RememberedJob job) {
  size_t bytes = BytesOf(job) + 2;
  for (const RememberedJob& known : jobs_) bytes += BytesOf(known);
  while (!jobs_.empty() && (jobs_.size() >= kRemembered || bytes > kMaxJobsBytes)) {
    auto oldest =
        std::find_if(jobs_.begin(), jobs_.end(), [](const RememberedJob& j) { return j.end.has_value(); });
    if (oldest == jobs_.end()) {
      oldest = jobs_.begin();
      lost_.push_back(*oldest);
    }
    bytes -= BytesOf(*oldest);
    jobs_.erase(oldest);
  }
  jobs_.push_back(std::move(job));
}

void Jobs::Encode(std::string& out) const {
  wire::PutVarint(jobs_.size(), out);
  for (const RememberedJob& job : jobs_) {
    wire::PutGuid(job.key, out);
    wire::PutGuid(job.id, out);
    wire::PutString(job.name, out);
    wire::PutByte((job.start ? kStart : 0) | (job.end ? kEnd : 0), out);
    for (const auto& time : {job.start, job.end}) {
      if (time) wire::PutSigned(wire::StorableMillis(*time), out);
    }
  }
}

bool Jobs::Decode(wire::Input& in) {
  jobs_.clear();
  for (uint64_t left = in.Varint(); left > 0 && in.ok() && jobs_.size() < kRemembered; --left) {
    RememberedJob& job = jobs_.emplace_back();
    job.key = in.Guid();
    job.id = in.Guid();
    job.name = in.String();
    const uint8_t flags = in.Byte();
    if ((flags & (kStart | kEnd)) == 0) return false;
    if ((flags & kStart) != 0) job.start = FromMillis(in.Time(0));
    if ((flags & kEnd) != 0) job.end = FromMillis(in.Time(0));
  }
  return in.ok();
}

}  // namespace rawhaul::segment
