// The devices that batches came from last, as they are stored: most batches need no look-up. Used by one
// thread at a time.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>

#include "store/device_state.h"
#include "store/rocksdb/keys.h"

namespace rawhaul {

class DeviceCache {
 public:
  struct Entry {
    keys::GuidKey device;
    DeviceState state;
    size_t bytes = 0;
  };

  explicit DeviceCache(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // nullptr when it is not there. Entries stay where they are until Settle.
  Entry* Find(const keys::GuidKey& device);
  // REQUIRES that it is not there.
  Entry& Insert(const keys::GuidKey& device, DeviceState state);
  // Those that a write has changed: kept when they are `durable`, else forgotten. Then those that were used
  // the longest time ago, as far as the cache holds too many bytes.
  void Settle(std::span<Entry* const> changed, bool durable);

  uint64_t bytes() const { return bytes_; }

 private:
  struct Hash {
    size_t operator()(const keys::GuidKey& key) const {
      return std::hash<std::string_view>()(key.guid.AsBytes()) ^ (key.app * size_t{0x9e3779b97f4a7c15});
    }
  };
  using Entries = std::list<Entry>;
  void Erase(Entries::iterator entry);

  const uint64_t max_bytes_;
  uint64_t bytes_ = 0;
  Entries entries_;  // used last in front
  std::unordered_map<keys::GuidKey, Entries::iterator, Hash> index_;
};

}  // namespace rawhaul
