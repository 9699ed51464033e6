// Stages blocks of a container in parallel.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <semaphore>
#include <stop_token>
#include <string>
#include <vector>

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

  // Waits for a free place. The first error of any block is the result of this and all later calls.
  Status Stage(const std::string& blob, uint32_t index, std::vector<FileBytes> block);
  // Waits until all blocks are staged.
  Status Drain();

 private:
  void Upload(const std::string& blob, uint32_t index, const std::vector<FileBytes>& block);
  Status FirstError();

  Container& container_;
  const std::stop_token stop_;
  const std::function<void(uint64_t)> staged_;
  std::counting_semaphore<> places_;
  std::mutex mutex_;
  Status error_;                             // protected by mutex_
  std::deque<std::future<void>> under_way_;  // last: its destructor waits for the uploads, which use the rest
};

}  // namespace rawhaul
