#include "collect/commit_queue.h"

#include <utility>

namespace rawhaul {

bool CommitQueue::HasRoom(uint32_t app, size_t bytes) const {
  if (bytes_ == 0) return true;
  const auto own = bytes_of_.find(app);
  const bool has_share = own == bytes_of_.end() || own->second + bytes <= max_bytes_ - max_bytes_ / 4;
  return has_share && bytes_ + bytes <= max_bytes_;
}

void CommitQueue::Add(Item item) {
  const uint32_t app = item.batch.app;
  bytes_ += item.bytes;
  bytes_of_[app] += item.bytes;
  std::deque<Item>& of_app = waiting_[app];
  if (of_app.empty()) turns_.push_back(app);
  of_app.push_back(std::move(item));
  ++size_;
}

std::vector<CommitQueue::Item> CommitQueue::Take(size_t max_items, size_t max_bytes) {
  std::vector<Item> taken;
  size_t bytes = 0;
  std::vector<uint32_t> first_next_time;  // whose next one is too large to come along
  while (!turns_.empty() && taken.size() < max_items) {
    const uint32_t app = turns_.front();
    turns_.pop_front();
    const auto of_app = waiting_.find(app);
    const size_t size = of_app->second.front().bytes;
    if (!taken.empty() && bytes + size > max_bytes) {
      first_next_time.push_back(app);
      continue;
    }
    bytes += size;
    taken.push_back(std::move(of_app->second.front()));
    of_app->second.pop_front();
    if (of_app->second.empty()) {
      waiting_.erase(of_app);
    } else {
      turns_.push_back(app);
    }
  }
  turns_.insert(turns_.begin(), first_next_time.begin(), first_next_time.end());
  size_ -= taken.size();
  return taken;
}

void CommitQueue::Release(const std::vector<Item>& items) {
  for (const Item& item : items) {
    bytes_ -= item.bytes;
    const auto own = bytes_of_.find(item.batch.app);
    own->second -= item.bytes;
    if (own->second == 0) bytes_of_.erase(own);
  }
}

}  // namespace rawhaul
