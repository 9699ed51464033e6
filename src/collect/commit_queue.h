// Batches that wait to be written, and how apps share the wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "store/ingest_store.h"

namespace rawhaul {

// Not thread-safe. Batches of one app come out in the order in which they were added; the apps take turns, so
// that a batch of one waits for a few batches of each other app, however many these have.
class CommitQueue {
 public:
  struct Item {
    IngestBatch batch;
    std::function<void(const BatchOutcome&)> done;
    size_t bytes;  // of memory, until Release
  };

  explicit CommitQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Whether the app may add so many bytes: three quarters of the limit are its share. What is alone always
  // has room.
  bool HasRoom(uint32_t app, size_t bytes) const;
  void Add(Item item);
  // Takes what one write may hold: so many, and of so many bytes, but at least one.
  std::vector<Item> Take(size_t max_items, size_t max_bytes);
  // What was taken has been written.
  void Release(const std::vector<Item>& items);

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  const size_t max_bytes_;
  std::map<uint32_t, std::deque<Item>> waiting_;  // by app; only apps that have some
  std::deque<uint32_t> turns_;                    // of the same apps
  size_t size_ = 0;
  std::map<uint32_t, size_t> bytes_of_;  // by app: what waits and what was taken
  size_t bytes_ = 0;                     // of all
};

}  // namespace rawhaul
