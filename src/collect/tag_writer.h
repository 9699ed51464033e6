// Tags that somebody else than the device sets: a client of the REST API, an import.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "collect/collector.h"
#include "collect/pending_writes.h"
#include "store/device_store.h"

namespace rawhaul {

// nullopt deletes.
using TagChanges = std::vector<std::pair<std::string, std::optional<std::string>>>;
// In bytes, about. Many small tags take more of it than of the text that had them.
size_t MemoryOf(const TagChanges& tags);

// Of the devices of one app, many at once. Used by one thread. `collector` and `devices` must outlive it.
class TagWriter {
 public:
  // The tags count from `as_of`, unless that is in the future; without it, from when they are handed on.
  TagWriter(uint32_t app, Collector& collector, const DeviceStore& devices,
            std::optional<Timestamp> as_of = std::nullopt,
            std::chrono::milliseconds patience = kWritePatience);

  // Hands on what changes for a device, as clients call it, and returns before that is durable; waits, at
  // most for the patience, where too much is under way. The tags must have passed CheckTag. False: there is
  // no such device, and nothing happens. An error of the store that is no Refusal, or the one that Wait would
  // return.
  Result<bool> TagDevice(std::string_view device, const TagChanges& tags);
  // The same for each device of the user. One that has too many (DeviceStore::FindByUser) is a Refusal.
  Result<bool> TagUser(std::string_view user, const TagChanges& tags);

  // What is refused by itself: one device cannot have these tags (TooManyTags), too many would get them, or
  // what is stored of it is damaged (kDataLoss, or the reason kStoreDamaged).
  struct Refusal {
    size_t call;  // of TagDevice or TagUser, since the last Wait; the first one is 0
    Error error;
  };
  // Waits for all that was handed on. All but the refusals is durable. An error is the first of the Collector
  // since the last call, or kUnavailable when it takes longer than the patience, and a part may be stored;
  // setting the same again does no harm.
  Result<std::vector<Refusal>> Wait();

 private:
  struct UnderWay;
  Status Submit(const Guid& device, const TagChanges& tags);
  Result<bool> Refuse(const Error& error);  // of the last call, or fails

  const uint32_t app_;
  Collector& collector_;
  const DeviceStore& devices_;
  const std::optional<Timestamp> as_of_;
  const std::chrono::milliseconds patience_;
  std::shared_ptr<UnderWay> under_way_;  // since the last Wait
  size_t calls_ = 0;                     // since the last Wait
  size_t bytes_ = 0;                     // of memory, of what may be under way
};

}  // namespace rawhaul
