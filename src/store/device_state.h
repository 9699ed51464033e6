// What a store knows of a device while it goes through the batches of a group: what the next one builds on.
// How that is done is the same for every engine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "model/device.h"
#include "store/ingest_store.h"

namespace rawhaul {

// The ids of technicals and locations, of which thousands of devices have the same. Used by one thread at a
// time.
class ContentIds {
 public:
  Guid InfoOf(const DevicePatch& state);
  Guid LocationOf(const DevicePatch& state);

 private:
  using Ids = std::unordered_map<std::string, Guid>;
  template <typename Compute>
  Guid Find(const Compute& compute);

  std::string text_;  // of the fields that are looked for
  Ids ids_;
  size_t bytes_ = 0;
};

// As it is stored.
struct EncodedRecords {
  RecordKind kind = RecordKind::kEvent;
  Hour hour = 0;
  std::string encoded;  // a RecordBatch
};

// Used by one thread at a time.
class DeviceState {
 public:
  DeviceState(const DevicePatch& stored, ContentIds& ids);

  // What is remembered of the device; it must be set before a batch that has `complete`.
  bool has_memory() const { return has_memory_; }
  const std::string& memory() const { return memory_; }
  void SetMemory(std::string memory);
  // Whether a batch has changed it since the last call.
  bool TakeMemoryChange() { return std::exchange(memory_changed_, false); }

  // Whose the device is; empty: nobody's.
  std::string user() const { return UserOf(context_); }
  // The batch's records as they are to be stored. From now on the device is as the batch leaves it.
  std::vector<EncodedRecords> Take(const IngestBatch& batch, ContentIds& ids);

  size_t MemoryBytes() const { return sizeof(*this) + context_.MemoryBytes() + memory_.capacity(); }

 private:
  struct Head {
    Guid info_id;
    Guid location_id;
    std::string user_id;
  };
  Head TakeContext(const DevicePatch& own, ContentIds& ids);
  static std::string UserOf(const DevicePatch& state);

  DevicePatch context_;
  Guid info_id_;
  Guid location_id_;
  std::string memory_;
  bool has_memory_ = false;
  bool memory_changed_ = false;
};

}  // namespace rawhaul
