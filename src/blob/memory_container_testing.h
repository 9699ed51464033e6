// Containers in memory, for the tests of what writes to containers: they fail and wait as a test says.
#pragma once

#include <condition_variable>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "blob/container.h"

namespace rawhaul {

// What containers of one customer hold. Thread-safe.
class MemoryStorage {
 public:
  struct Blob {
    std::string bytes;
    BlobProperties properties;
    std::vector<std::string> blocks;  // their ids: it can be committed again, as in Azure
  };

  // By full name, the container's prefix included.
  std::map<std::string, Blob> blobs() const;
  std::optional<std::string> Read(const std::string& name) const;
  // Names in the order in which they were committed.
  std::vector<std::string> commits() const;
  size_t staged_blocks() const;  // staged and not committed
  size_t stage_calls() const;
  size_t most_staging() const;  // so many calls of StageBlock were under way at once

  // As Azure does after a week.
  void ForgetStagedBlocks();
  // A blob of somebody else.
  void Put(const std::string& name, std::string bytes);

  void set_limits(ContainerLimits limits);
  ContainerLimits limits() const;

  // The `nth` call from now on (1: the next one) fails with `error`, without any effect.
  void FailStageBlock(size_t nth, Error error);
  void FailCommit(size_t nth, Error error);
  // All calls fail until it is called again with nullopt.
  void FailCheckWritable(std::optional<Error> error);

  // StageBlock and Commit wait between Hold and Release; a stop ends the wait with kCanceled.
  void Hold();
  void Release();
  // Waits until so many calls are waiting.
  void WaitForHeld(size_t calls) const;

  // The calls of Container, `name` with the prefix.
  Status CheckWritable(const std::stop_token& stop);
  Result<BlockReceipt> StageBlock(const std::string& name, uint32_t index, const ByteParts& data,
                                  const std::stop_token& stop);
  Status Commit(const std::string& name, const BlobCommit& commit, const std::stop_token& stop);
  void Discard(const std::string& stem);

 private:
  // Failures to come, counted down by calls.
  class Failures {
   public:
    void Add(size_t nth, Error error) { pending_.emplace_back(nth, std::move(error)); }
    Status CountCall();

   private:
    std::vector<std::pair<size_t, Error>> pending_;
  };
  Status WaitWhileHeld(MutexLock& lock, const std::stop_token& stop) RAWHAUL_REQUIRES(mutex_);

  mutable Mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::map<std::string, Blob> blobs_ RAWHAUL_GUARDED_BY(mutex_);
  std::map<std::string, std::map<std::string, std::string>> staged_ RAWHAUL_GUARDED_BY(mutex_);  // by id
  std::vector<std::string> commits_ RAWHAUL_GUARDED_BY(mutex_);
  size_t stage_calls_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  size_t staging_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  size_t most_staging_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  Failures stage_failures_ RAWHAUL_GUARDED_BY(mutex_);
  Failures commit_failures_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> check_failure_ RAWHAUL_GUARDED_BY(mutex_);
  ContainerLimits limits_ RAWHAUL_GUARDED_BY(mutex_){.max_blocks = 50'000,
                                                     .max_block_bytes = uint64_t{4000} << 20};
  bool held_ RAWHAUL_GUARDED_BY(mutex_) = false;
  size_t waiting_ RAWHAUL_GUARDED_BY(mutex_) = 0;
};

// `storage` must outlive the container.
std::unique_ptr<Container> MakeMemoryContainer(MemoryStorage& storage, std::string prefix = "");

// Opens the same storage for every URL, and remembers the last one. Thread-safe.
class MemoryContainerFactory final : public ContainerFactory {
 public:
  explicit MemoryContainerFactory(MemoryStorage& storage, std::string prefix = "")
      : storage_(storage), prefix_(std::move(prefix)) {}
  Result<std::unique_ptr<Container>> Open(const Secret& container_url) override;
  // The URL without its query.
  Result<std::string> PlaceOf(const Secret& container_url) override;

  std::string last_url() const;
  // All calls fail until it is called again with nullopt.
  void FailOpen(std::optional<Error> error);

 private:
  MemoryStorage& storage_;
  const std::string prefix_;
  mutable Mutex mutex_;
  std::string last_url_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
