#include "exporter/block_uploader.h"

#include <utility>

#include "base/guarded.h"

namespace rawhaul {

BlockUploader::BlockUploader(Container& container, unsigned parallel, std::stop_token stop,
                             std::function<void(uint64_t)> staged)
    : container_(container),
      stop_(std::move(stop)),
      staged_(std::move(staged)),
      window_(size_t{kWindow} * parallel),
      places_(parallel) {}

Status BlockUploader::Stage(const std::string& blob, uint32_t index, std::vector<FileBytes> block) {
  if (under_way_.size() == window_) under_way_.front().wait();
  Staged();  // takes what has ended off the list
  places_.acquire();
  if (auto error = FirstError(); !error) {
    places_.release();
    return error;
  }
  ++handed_over_;
  under_way_.push_back(std::async(std::launch::async, [this, blob, index, held = std::move(block)]() mutable {
    const bool staged = Upload(blob, index, held);
    held.clear();
    places_.release();
    return staged;
  }));
  return {};
}

Status BlockUploader::Drain() {
  for (const auto& upload : under_way_) upload.wait();
  Staged();
  return FirstError();
}

uint64_t BlockUploader::Staged() {
  while (!under_way_.empty() &&
         under_way_.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    all_staged_ = under_way_.front().get() && all_staged_;
    staged_count_ += all_staged_ ? 1 : 0;
    under_way_.pop_front();
  }
  return staged_count_;
}

bool BlockUploader::Upload(const std::string& blob, uint32_t index, const std::vector<FileBytes>& block) {
  std::vector<std::string_view> parts;
  for (const FileBytes& part : block) parts.push_back(part.view());
  const ByteParts data(std::move(parts));
  const Status status = Guarded([&] { return container_.StageBlock(blob, index, data, stop_); });
  if (status) {
    staged_(data.size());
    return true;
  }
  const MutexLock lock(mutex_);
  if (error_) error_ = status;
  return false;
}

Status BlockUploader::FirstError() {
  const MutexLock lock(mutex_);
  return error_;
}

}  // namespace rawhaul
