#include "collect/group_committer.h"

#include <chrono>
#include <cstdint>
#include <numeric>
#include <utility>

#include "base/guarded.h"

namespace rawhaul {
namespace {

// An fsync costs as much as writing a dozen batches. Where batches come densely, as the group before tells,
// one that is smaller waits a little for more to share it.
constexpr size_t kDenseGroup = 4;
constexpr size_t kFullGroup = 64;
constexpr std::chrono::milliseconds kGatherTime{1};

// What one write holds at most, beside a batch that is larger by itself: the store has the group's devices in
// memory, and the first of a group is not to wait for ever longer groups. A larger one costs no less a batch.
constexpr size_t kMaxGroup = 256;
constexpr size_t kMaxGroupBytes = size_t{16} << 20;

constexpr size_t kDoneBytes = 256;  // of a batch in the queue, beside itself: about what its answer holds

Error Stopping() { return {ErrorCode::kUnavailable, "the server is stopping", "Stopping"}; }

}  // namespace

GroupCommitter::GroupCommitter(IngestStore& store, size_t max_queued_bytes,
                               std::chrono::milliseconds stop_patience)
    : store_(store), stop_patience_(stop_patience), queue_(max_queued_bytes), thread_([this] { Run(); }) {}

GroupCommitter::~GroupCommitter() { Stop(); }

Status GroupCommitter::Submit(std::span<Submission> batches) {
  if (batches.empty()) return {};
  std::vector<size_t> sizes;
  sizes.reserve(batches.size());
  for (const Submission& submission : batches) sizes.push_back(submission.batch.MemoryBytes() + kDoneBytes);
  const size_t bytes = std::accumulate(sizes.begin(), sizes.end(), size_t{0});
  size_t before = 0;
  size_t after = 0;
  {
    const MutexLock lock(mutex_);
    if (stop_at_) return Fail(Stopping());
    if (!queue_.HasRoom(batches.front().batch.app, bytes)) {
      is_full_ = true;
      changed_.notify_one();
      return Fail(ErrorCode::kResourceExhausted, "too much data is waiting to be written", "TooBusy");
    }
    before = queue_.size();
    for (size_t i = 0; i < batches.size(); ++i)
      queue_.Add({std::move(batches[i].batch), std::move(batches[i].done), sizes[i]});
    after = queue_.size();
  }
  // In between there is nothing that the thread waits for.
  if (before == 0 || (before < kFullGroup && after >= kFullGroup)) changed_.notify_one();
  return {};
}

void GroupCommitter::Stop() {
  {
    const MutexLock lock(mutex_);
    if (!stop_at_) stop_at_ = std::chrono::steady_clock::now() + stop_patience_;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { thread_.join(); });
}

void GroupCommitter::Run() {
  for (auto group = TakeGroup(); !group.empty(); group = TakeGroup()) Commit(group);
  RefuseAll();
}

std::vector<CommitQueue::Item> GroupCommitter::TakeGroup() {
  MutexLock lock(mutex_);
  while (!stop_at_ && queue_.empty()) changed_.wait(lock);
  if (is_dense_) {
    changed_.wait_for(lock, kGatherTime, [this]() RAWHAUL_REQUIRES(mutex_) {
      return stop_at_ || is_full_ || queue_.size() >= kFullGroup;
    });
  }
  if (stop_at_ && std::chrono::steady_clock::now() >= *stop_at_) return {};
  is_dense_ = queue_.size() >= kDenseGroup;
  is_full_ = false;
  return queue_.Take(kMaxGroup, kMaxGroupBytes);
}

void GroupCommitter::Commit(const std::vector<CommitQueue::Item>& group) {
  const auto outcomes = Guarded([&]() -> Result<std::vector<BatchOutcome>> {
    std::vector<const IngestBatch*> batches;
    batches.reserve(group.size());
    for (const CommitQueue::Item& item : group) batches.push_back(&item.batch);
    return store_.Write(batches);
  });
  {
    // Before the callbacks, so that who was told of the end finds the room.
    const MutexLock lock(mutex_);
    queue_.Release(group);
  }
  for (size_t i = 0; i < group.size(); ++i) {
    RunGuarded("telling what became of a batch", [&] {
      group[i].done(outcomes ? (*outcomes)[i] : BatchOutcome{BatchFate::kUnknown, outcomes.error()});
    });
  }
}

// After Stop nothing is added.
void GroupCommitter::RefuseAll() {
  std::vector<CommitQueue::Item> rest;
  {
    const MutexLock lock(mutex_);
    rest = queue_.Take(SIZE_MAX, SIZE_MAX);
    queue_.Release(rest);
  }
  const BatchOutcome refused{BatchFate::kRefused, Stopping()};
  for (const CommitQueue::Item& item : rest)
    RunGuarded("telling that a batch is refused", [&] { item.done(refused); });
}

}  // namespace rawhaul
