// What the server knows of devices that goes into the heads of their records: user, technicals, location.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "collect/fields_pool.h"
#include "model/device.h"
#include "store/device_store.h"

namespace rawhaul {

// Times are those of the last report; the default is before every report.
struct DeviceContext {
  FieldsPtr info;
  FieldsPtr location;
  std::string user_id;  // empty: unknown
  Timestamp info_time;
  Timestamp location_time;
  Timestamp user_time;
  std::string memory;  // Device::memory
  Timestamp memory_time;
};

// What one batch says of its device.
struct DeviceReport {
  const FieldValues& info;
  const FieldValues& location;
  std::optional<std::string> user_id;  // empty: deleted; nullopt: not said
  Timestamp time;                      // from which it counts

  bool empty() const { return info.empty() && location.empty() && !user_id; }
};

// Thread-safe. Keeps the devices used last, so that the store is asked once a device. What a batch says is
// seen by the device's batches that come after it, also while it is being written: its entry stays until
// Settle. `store` must outlive the cache.
class ContextCache {
 public:
  ContextCache(const DeviceStore& store, size_t devices);
  ~ContextCache();

  struct Entry;
  using Ticket = std::shared_ptr<Entry>;
  struct Resolved {
    DeviceContext context;
    Ticket ticket;
    bool memory_changed = false;
    bool is_old = false;  // something of the report may be older than what is known of that
  };
  // Changes what is remembered of the device. Called once, under a lock: it must not block or throw.
  using Remember = std::function<void(std::string& memory)>;
  // The context for the batch's records: what is known, with the report put over it however old it is. For
  // the batches that follow, what is known from a later time than the report's stays and only gaps are
  // filled. Errors are those of the store. REQUIRES one Settle of the ticket.
  Result<Resolved> Resolve(uint32_t app, const Guid& device, const DeviceReport& report,
                           const Remember& remember = nullptr);

  enum class Fate {
    kDurable,
    kDurableOld,  // stored, and the store alone knows which of its fields were too old to count: ask it again
    kLost,        // not stored: nothing of it may be shown any more
  };
  void Settle(const Ticket& ticket, Fate fate);

 private:
  struct Shard;
  struct Pools;
  Shard& ShardOf(size_t hash);

  const DeviceStore& store_;
  std::unique_ptr<Pools> pools_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace rawhaul
