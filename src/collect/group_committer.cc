#include "collect/group_committer.h"

#include <chrono>
#include <utility>

#include "base/guarded.h"

namespace rawhaul {
namespace {

// An fsync costs as much as writing a dozen batches. Where batches come densely, as the group before tells,
// one that is smaller waits a little for more to share it.
constexpr size_t kDenseGroup = 4;
constexpr size_t kFullGroup = 64;
constexpr std::chrono::milliseconds kGatherTime{1};

}  // namespace

GroupCommitter::GroupCommitter(IngestStore& store, size_t max_queued_bytes)
    : store_(store), max_queued_bytes_(max_queued_bytes), thread_([this] { Run(); }) {}

GroupCommitter::~GroupCommitter() { Stop(); }

Status GroupCommitter::Submit(IngestBatch batch, size_t bytes, Done done) {
  size_t queued = 0;
  {
    const MutexLock lock(mutex_);
    if (stopping_) return Fail(ErrorCode::kUnavailable, "the server is stopping", "Stopping");
    if (queued_bytes_ > 0 && queued_bytes_ + bytes > max_queued_bytes_) {
      is_full_ = true;
      changed_.notify_one();
      return Fail(ErrorCode::kResourceExhausted, "too much data is waiting to be written", "TooBusy");
    }
    queued_bytes_ += bytes;
    queue_.push_back({std::move(batch), bytes, std::move(done)});
    queued = queue_.size();
  }
  // In between there is nothing that the thread waits for.
  if (queued == 1 || queued == kFullGroup) changed_.notify_one();
  return {};
}

void GroupCommitter::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { thread_.join(); });
}

void GroupCommitter::Run() {
  for (auto group = TakeGroup(); !group.empty(); group = TakeGroup()) Commit(group);
}

std::vector<GroupCommitter::Pending> GroupCommitter::TakeGroup() {
  MutexLock lock(mutex_);
  while (!stopping_ && queue_.empty()) changed_.wait(lock);
  if (is_dense_) {
    changed_.wait_for(lock, kGatherTime, [this]() RAWHAUL_REQUIRES(mutex_) {
      return stopping_ || is_full_ || queue_.size() >= kFullGroup;
    });
  }
  is_dense_ = queue_.size() >= kDenseGroup;
  is_full_ = false;
  return std::exchange(queue_, {});
}

void GroupCommitter::Commit(const std::vector<Pending>& group) {
  size_t bytes = 0;
  for (const Pending& pending : group) bytes += pending.bytes;
  const auto outcomes = Guarded([&]() -> Result<std::vector<BatchOutcome>> {
    std::vector<const IngestBatch*> batches;
    batches.reserve(group.size());
    for (const Pending& pending : group) batches.push_back(&pending.batch);
    return store_.Write(batches);
  });
  {
    // Before the callbacks, so that who was told of the end finds the room.
    const MutexLock lock(mutex_);
    queued_bytes_ -= bytes;
  }
  for (size_t i = 0; i < group.size(); ++i) {
    RunGuarded("telling what became of a batch", [&] {
      group[i].done(outcomes ? (*outcomes)[i] : BatchOutcome{BatchFate::kUnknown, outcomes.error()});
    });
  }
}

}  // namespace rawhaul
