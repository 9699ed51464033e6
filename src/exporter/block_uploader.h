// Stages blocks of a container in parallel.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "blob/container.h"
#include "exporter/segment.h"

namespace rawhaul {

// Used by one thread; the container must outlive it.
class BlockUploader {
 public:
  // `staged` is called with the size of every staged block, from any thread.
  BlockUploader(Container& container, unsigned parallel, std::stop_token stop,
                std::function<void(uint64_t)> staged);
  // Waits for what is under way.
  ~BlockUploader() = default;

  // So many blocks for each parallel one go past a block that takes long, then they wait for it: an export
  // that is interrupted stages again all from the first block on that was not staged.
  static constexpr unsigned kWindow = 4;

  // Waits for a free place. The first error of any block is the result of this and all later calls.
  Status Stage(const std::string& blob, uint32_t index, std::vector<FileBytes> block);
  // Waits until all blocks are staged.
  Status Drain();

  uint64_t handed_over() const { return handed_over_; }
  // So many of the blocks, counted from the first one that was handed over, are staged for sure.
  uint64_t Staged();
  // The receipts of the next `count` blocks, in the order in which they were handed over. REQUIRES them to be
  // staged.
  std::vector<BlockReceipt> TakeReceipts(uint64_t count);

 private:
  using Upload = std::future<std::optional<BlockReceipt>>;  // nullopt: not staged

  Upload Start(const std::string& blob, uint32_t index, std::vector<FileBytes> block);
  Result<BlockReceipt> Send(const std::string& blob, uint32_t index, const std::vector<FileBytes>& block);
  void NoteError(const Error& error);
  Status FirstError();

  Container& container_;
  const std::stop_token stop_;
  const std::function<void(uint64_t)> staged_;
  const size_t window_;
  std::counting_semaphore<> places_;
  uint64_t handed_over_ = 0;
  uint64_t staged_count_ = 0;
  bool all_staged_ = true;  // of those that have ended
  Mutex mutex_;
  Status error_ RAWHAUL_GUARDED_BY(mutex_);
  std::deque<BlockReceipt> receipts_;  // of those that are staged for sure and were not taken
  // In order. Last: its destructor waits for the uploads, which use the rest.
  std::deque<Upload> under_way_;
};

}  // namespace rawhaul
