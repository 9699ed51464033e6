#include "collect/context_cache.h"

#include <algorithm>
#include <functional>
#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"

namespace rawhaul {
namespace {

constexpr size_t kShards = 16;

struct Key {
  uint32_t app;
  Guid device;
  bool operator==(const Key&) const = default;
};

struct KeyHash {
  size_t operator()(const Key& key) const {
    return std::hash<std::string_view>()(key.device.AsBytes()) ^ (key.app * size_t{0x9e3779b97f4a7c15});
  }
};

// `own` over `known`; known values stay when `fill_only`.
FieldsPtr Combine(const FieldsPtr& known, const FieldValues& own, bool fill_only, FieldsPool& pool) {
  if (known->values.empty()) return pool.Share(own);
  const auto adds_nothing = [&](const auto& field) {
    const auto found = known->values.find(field.first);
    return found != known->values.end() && (fill_only || found->second == field.second);
  };
  if (std::all_of(own.begin(), own.end(), adds_nothing)) return known;
  FieldValues combined = known->values;
  for (const auto& [name, value] : own) {
    if (fill_only) {
      combined.emplace(name, value);
    } else {
      combined.insert_or_assign(name, value);
    }
  }
  return pool.Share(combined);
}

// When a user was deleted is known to the store alone.
bool IsOld(const DeviceContext& known, const DeviceReport& report) {
  const bool old_info = !report.info.empty() && report.time < known.info_time;
  const bool old_location = !report.location.empty() && report.time < known.location_time;
  const bool old_user = report.user_id && (known.user_id.empty() || report.time < known.user_time);
  return old_info || old_location || old_user;
}

// Whether it changed.
bool Apply(const ContextCache::Remember& remember, DeviceContext& context) {
  if (!remember) return false;
  const std::string before = context.memory;
  remember(context.memory);
  if (context.memory == before) return false;
  context.memory_time += std::chrono::milliseconds(1);
  return true;
}

}  // namespace

// Kinds of devices are few, thousands at most.
struct ContextCache::Pools {
  FieldsPool info{InfoId, 4096};
  FieldsPool location{LocationId, 4096};

  // The store does not tell when the user was set: taken as late as it can have been.
  DeviceContext ContextOf(std::optional<Device> device) {
    DeviceContext context;
    if (!device) device.emplace();
    context.user_id = device->user_id().value_or("");
    context.info = info.Share(device->info);
    context.location = location.Share(device->location);
    context.info_time = device->last_info.value_or(Timestamp());
    context.location_time = device->last_location.value_or(Timestamp());
    if (!context.user_id.empty()) context.user_time = device->last_seen;
    context.memory = std::move(device->memory);
    context.memory_time = device->memory_time;
    return context;
  }

  DeviceContext Overlay(const DeviceContext& known, const DeviceReport& report) {
    DeviceContext context = known;
    context.info = Combine(known.info, report.info, false, info);
    context.location = Combine(known.location, report.location, false, location);
    if (report.user_id) context.user_id = *report.user_id;
    return context;
  }

  // What is known after the report, of which `overlay` is made.
  DeviceContext Update(const DeviceContext& known, const DeviceReport& report, const DeviceContext& overlay) {
    DeviceContext context = known;
    if (!report.info.empty()) {
      const bool is_old = report.time < known.info_time;
      context.info = is_old ? Combine(known.info, report.info, true, info) : overlay.info;
      context.info_time = std::max(known.info_time, report.time);
    }
    if (!report.location.empty()) {
      const bool is_old = report.time < known.location_time;
      context.location = is_old ? Combine(known.location, report.location, true, location) : overlay.location;
      context.location_time = std::max(known.location_time, report.time);
    }
    if (report.user_id && report.time >= known.user_time) {
      context.user_id = overlay.user_id;
      context.user_time = report.time;
    }
    return context;
  }
};

struct ContextCache::Entry {
  Key key;
  DeviceContext context;
  size_t unsettled = 0;
  bool outdated = false;
};

struct ContextCache::Shard {
  using Entries = std::list<Ticket>;

  void Erase(const Ticket& ticket) RAWHAUL_REQUIRES(mutex) {
    const auto found = index.find(ticket->key);
    if (found == index.end() || *found->second != ticket) return;
    entries.erase(found->second);
    index.erase(found);
  }

  Ticket Find(const Key& key) RAWHAUL_REQUIRES(mutex) {
    const auto found = index.find(key);
    if (found == index.end()) return nullptr;
    entries.splice(entries.begin(), entries, found->second);
    return entries.front();
  }

  Ticket Insert(const Key& key, DeviceContext context) RAWHAUL_REQUIRES(mutex) {
    while (entries.size() >= capacity && entries.back()->unsettled == 0) Erase(Ticket(entries.back()));
    entries.push_front(std::make_shared<Entry>(Entry{key, std::move(context)}));
    index.emplace(key, entries.begin());
    return entries.front();
  }

  size_t capacity = 1;
  Mutex mutex;
  Entries entries RAWHAUL_GUARDED_BY(mutex);  // used last in front
  std::unordered_map<Key, Entries::iterator, KeyHash> index RAWHAUL_GUARDED_BY(mutex);
};

ContextCache::ContextCache(const DeviceStore& store, size_t devices)
    : store_(store), pools_(std::make_unique<Pools>()), shards_(std::make_unique<Shard[]>(kShards)) {
  for (size_t i = 0; i < kShards; ++i) shards_[i].capacity = std::max<size_t>(1, devices / kShards);
}

ContextCache::~ContextCache() = default;

ContextCache::Shard& ContextCache::ShardOf(size_t hash) { return shards_[hash % kShards]; }

Result<ContextCache::Resolved> ContextCache::Resolve(uint32_t app, const Guid& device,
                                                     const DeviceReport& report, const Remember& remember) {
  const Key key{app, device};
  Shard& shard = ShardOf(KeyHash()(key));
  MutexLock lock(shard.mutex);
  Ticket entry = shard.Find(key);
  if (!entry) {
    lock.unlock();
    RAWHAUL_ASSIGN(auto stored, store_.Find(app, device));
    DeviceContext context = pools_->ContextOf(std::move(stored));
    lock.lock();
    entry = shard.Find(key);  // of a thread that was faster; it may know more by now
    if (!entry) entry = shard.Insert(key, std::move(context));
  }
  ++entry->unsettled;
  const bool memory_changed = Apply(remember, entry->context);
  if (report.empty()) return Resolved{entry->context, entry, memory_changed};
  const bool is_old = IsOld(entry->context, report);
  DeviceContext overlay = pools_->Overlay(entry->context, report);
  entry->context = pools_->Update(entry->context, report, overlay);
  return Resolved{std::move(overlay), std::move(entry), memory_changed, is_old};
}

void ContextCache::Settle(const Ticket& ticket, Fate fate) {
  Shard& shard = ShardOf(KeyHash()(ticket->key));
  const MutexLock lock(shard.mutex);
  --ticket->unsettled;
  ticket->outdated |= fate == Fate::kDurableOld;
  const bool idle = ticket->unsettled == 0;
  if (fate == Fate::kLost || (ticket->outdated && idle)) shard.Erase(ticket);
}

}  // namespace rawhaul
