#include "exporter/block_uploader.h"

#include <iterator>
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
  under_way_.push_back(Start(blob, index, std::move(block)));
  return {};
}

BlockUploader::Upload BlockUploader::Start(const std::string& blob, uint32_t index,
                                           std::vector<FileBytes> block) {
  return std::async(std::launch::async, [this, blob, index, held = std::move(block)]() mutable {
    const auto receipt = Guarded([&] { return Send(blob, index, held); });
    held.clear();
    if (!receipt) NoteError(receipt.error());
    places_.release();
    return receipt ? std::optional(*receipt) : std::nullopt;
  });
}

Status BlockUploader::Drain() {
  for (const auto& upload : under_way_) upload.wait();
  Staged();
  return FirstError();
}

uint64_t BlockUploader::Staged() {
  while (!under_way_.empty() &&
         under_way_.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    std::optional<BlockReceipt> receipt = under_way_.front().get();
    under_way_.pop_front();
    all_staged_ = receipt && all_staged_;
    if (!all_staged_) continue;
    ++staged_count_;
    receipts_.push_back(*std::move(receipt));
  }
  return staged_count_;
}

std::vector<BlockReceipt> BlockUploader::TakeReceipts(uint64_t count) {
  const auto end = receipts_.begin() + static_cast<ptrdiff_t>(count);
  std::vector<BlockReceipt> taken(std::make_move_iterator(receipts_.begin()), std::make_move_iterator(end));
  receipts_.erase(receipts_.begin(), end);
  return taken;
}

Result<BlockReceipt> BlockUploader::Send(const std::string& blob, uint32_t index,
                                         const std::vector<FileBytes>& block) {
  std::vector<std::string_view> parts;
  for (const FileBytes& part : block) parts.push_back(part.view());
  const ByteParts data(std::move(parts));
  auto receipt = container_.StageBlock(blob, index, data, stop_);
  if (receipt) staged_(data.size());
  return receipt;
}

void BlockUploader::NoteError(const Error& error) {
  const MutexLock lock(mutex_);
  if (error_) error_ = Fail(error);
}

Status BlockUploader::FirstError() {
  const MutexLock lock(mutex_);
  return error_;
}

}  // namespace rawhaul
