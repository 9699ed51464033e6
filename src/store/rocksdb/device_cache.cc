#include "store/rocksdb/device_cache.h"

#include <iterator>
#include <utility>

namespace rawhaul {
namespace {

constexpr size_t kNodeBytes = 120;  // of the list and the table, for an entry

}  // namespace

DeviceCache::Entry* DeviceCache::Find(const keys::GuidKey& device) {
  const auto found = index_.find(device);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

DeviceCache::Entry& DeviceCache::Insert(const keys::GuidKey& device, DeviceState state) {
  entries_.push_front({device, std::move(state)});
  index_.emplace(device, entries_.begin());
  return entries_.front();
}

void DeviceCache::Settle(std::span<Entry* const> changed, bool durable) {
  for (Entry* entry : changed) {
    if (!durable) {
      Erase(index_.at(entry->device));
      continue;
    }
    bytes_ -= entry->bytes;
    entry->bytes = entry->state.MemoryBytes() + kNodeBytes;
    bytes_ += entry->bytes;
  }
  while (bytes_ > max_bytes_) Erase(std::prev(entries_.end()));
}

void DeviceCache::Erase(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  index_.erase(entry->device);
  entries_.erase(entry);
}

}  // namespace rawhaul
