#include "blob/memory_container_testing.h"

#include <fmt/format.h>

#include <algorithm>

#include "blob/limits.h"

namespace rawhaul {
namespace {

class MemoryContainer final : public Container {
 public:
  MemoryContainer(MemoryStorage& storage, std::string prefix)
      : storage_(storage), prefix_(std::move(prefix)) {}

  const std::string& prefix() const override { return prefix_; }
  Status CheckWritable(std::stop_token stop) override { return storage_.CheckWritable(stop); }
  ContainerLimits limits() const override { return storage_.limits(); }
  Result<BlockReceipt> StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                                  std::stop_token stop) override {
    RAWHAUL_TRY(CheckBlock(blob, index, data.size(), limits()));
    return storage_.StageBlock(prefix_ + std::string(blob), index, data, stop);
  }
  Status Commit(const BlobCommit& commit, std::stop_token stop) override {
    RAWHAUL_TRY(CheckCommit(commit, limits()));
    return storage_.Commit(prefix_ + std::string(commit.blob), commit, stop);
  }
  Status Discard(std::string_view stem) override {
    storage_.Discard(prefix_ + std::string(stem));
    return {};
  }

 private:
  MemoryStorage& storage_;
  const std::string prefix_;
};

tl::unexpected<Error> Canceled() { return Fail(ErrorCode::kCanceled, "stopped while writing to memory"); }

}  // namespace

std::map<std::string, MemoryStorage::Blob> MemoryStorage::blobs() const {
  const MutexLock lock(mutex_);
  return blobs_;
}

std::optional<std::string> MemoryStorage::Read(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = blobs_.find(name);
  return found == blobs_.end() ? std::nullopt : std::optional(found->second.bytes);
}

std::vector<std::string> MemoryStorage::commits() const {
  const MutexLock lock(mutex_);
  return commits_;
}

size_t MemoryStorage::staged_blocks() const {
  const MutexLock lock(mutex_);
  size_t count = 0;
  for (const auto& [name, blocks] : staged_) count += blocks.size();
  return count;
}

size_t MemoryStorage::stage_calls() const {
  const MutexLock lock(mutex_);
  return stage_calls_;
}

size_t MemoryStorage::most_staging() const {
  const MutexLock lock(mutex_);
  return most_staging_;
}

void MemoryStorage::Discard(const std::string& stem) {
  const MutexLock lock(mutex_);
  std::erase_if(staged_, [&](const auto& blob) { return blob.first.starts_with(stem); });
}

void MemoryStorage::ForgetStagedBlocks() {
  const MutexLock lock(mutex_);
  staged_.clear();
}

void MemoryStorage::Put(const std::string& name, std::string bytes) {
  const MutexLock lock(mutex_);
  blobs_.insert_or_assign(name, Blob{.bytes = std::move(bytes), .properties = {}, .blocks = {"of another"}});
}

void MemoryStorage::set_limits(ContainerLimits limits) {
  const MutexLock lock(mutex_);
  limits_ = limits;
}

ContainerLimits MemoryStorage::limits() const {
  const MutexLock lock(mutex_);
  return limits_;
}

void MemoryStorage::FailStageBlock(size_t nth, Error error) {
  const MutexLock lock(mutex_);
  stage_failures_.Add(nth, std::move(error));
}

void MemoryStorage::FailCommit(size_t nth, Error error) {
  const MutexLock lock(mutex_);
  commit_failures_.Add(nth, std::move(error));
}

void MemoryStorage::FailCheckWritable(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  check_failure_ = std::move(error);
}

void MemoryStorage::Hold() {
  const MutexLock lock(mutex_);
  held_ = true;
}

void MemoryStorage::Release() {
  const MutexLock lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void MemoryStorage::WaitForHeld(size_t calls) const {
  MutexLock lock(mutex_);
  while (waiting_ < calls) changed_.wait(lock);
}

Status MemoryStorage::Failures::CountCall() {
  Status outcome;
  for (auto it = pending_.begin(); it != pending_.end();) {
    if (--it->first == 0) {
      outcome = Fail(std::move(it->second));
      it = pending_.erase(it);
    } else {
      ++it;
    }
  }
  return outcome;
}

Status MemoryStorage::WaitWhileHeld(MutexLock& lock, const std::stop_token& stop) {
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex_) { return !held_; });
  --waiting_;
  if (stop.stop_requested()) return Canceled();
  return {};
}

Status MemoryStorage::CheckWritable(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  if (stop.stop_requested()) return Canceled();
  if (check_failure_) return Fail(*check_failure_);
  return {};
}

Result<BlockReceipt> MemoryStorage::StageBlock(const std::string& name, uint32_t index, const ByteParts& data,
                                               const std::stop_token& stop) {
  MutexLock lock(mutex_);
  ++stage_calls_;
  most_staging_ = std::max(most_staging_, ++staging_);
  const Status released = WaitWhileHeld(lock, stop);
  --staging_;
  RAWHAUL_TRY(released);
  RAWHAUL_TRY(stage_failures_.CountCall());
  std::string block;
  for (const std::string_view part : data) block += part;
  BlockReceipt receipt = NewReceipt(index, data);
  staged_[name].insert_or_assign(receipt.id, std::move(block));
  return receipt;
}

Status MemoryStorage::Commit(const std::string& name, const BlobCommit& commit, const std::stop_token& stop) {
  MutexLock lock(mutex_);
  RAWHAUL_TRY(WaitWhileHeld(lock, stop));
  RAWHAUL_TRY(commit_failures_.CountCall());
  Blob blob{.bytes = {}, .properties = commit.properties, .blocks = {}};
  for (const BlockReceipt& block : commit.blocks) blob.blocks.push_back(block.id);
  if (const auto found = blobs_.find(name); found != blobs_.end()) {
    if (found->second.blocks == blob.blocks) return {};
    return Fail(NameIsTaken(name, kBlobAlreadyExists));
  }
  for (const BlockReceipt& block : commit.blocks) {
    const auto staged = staged_[name].find(block.id);
    if (staged == staged_[name].end()) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("the block {} of {} is not there", block.id, name),
                  std::string(kInvalidBlockList));
    }
    blob.bytes += staged->second;
  }
  staged_.erase(name);
  blobs_.insert_or_assign(name, std::move(blob));
  commits_.push_back(name);
  return {};
}

std::unique_ptr<Container> MakeMemoryContainer(MemoryStorage& storage, std::string prefix) {
  return std::make_unique<MemoryContainer>(storage, std::move(prefix));
}

Result<std::unique_ptr<Container>> MemoryContainerFactory::Open(const Secret& container_url) {
  const MutexLock lock(mutex_);
  if (failure_) return Fail(*failure_);
  last_url_ = container_url.Reveal();
  return MakeMemoryContainer(storage_, prefix_);
}

Result<std::string> MemoryContainerFactory::PlaceOf(const Secret& container_url) {
  return container_url.Reveal().substr(0, container_url.Reveal().find('?'));
}

std::string MemoryContainerFactory::last_url() const {
  const MutexLock lock(mutex_);
  return last_url_;
}

void MemoryContainerFactory::FailOpen(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  failure_ = std::move(error);
}

}  // namespace rawhaul
