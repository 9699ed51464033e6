// Batches on their way to becoming one write of the database.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/device_state.h"
#include "store/ingest_store.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/device_cache.h"

namespace rawhaul {

// What keeps a batch from the store is no defect of the batch: the sender may try again later. What exactly
// it was is for the log, not for those who send.
Error ToRefusal(const Error& cause);

// Used by one thread, and one group at a time for a cache. All that is given must outlive it. The cache has
// what the group changes about devices before that is durable; it forgets it unless Stored is called.
class IngestGroup {
 public:
  IngestGroup(const RocksDatabase& database, DeviceCache& cache, ContentIds& ids,
              std::span<const IngestBatch* const> batches);
  ~IngestGroup();
  IngestGroup(const IngestGroup&) = delete;
  IngestGroup& operator=(const IngestGroup&) = delete;

  // Goes through the batches in their order. Their records are numbered from behind `last_given` on.
  void Prepare(uint64_t& last_given);
  // What there is to be written; empty when nothing is new.
  rocksdb::WriteBatch& changes() { return changes_; }

  // How the batches fared. Once, when the changes were written, or when writing them failed.
  std::vector<BatchOutcome> Stored();
  std::vector<BatchOutcome> Failed(const Error& error);

 private:
  struct Member {
    const IngestBatch* batch = nullptr;
    std::string id;                        // the key of its batch_id; empty: it has none
    std::optional<size_t> repeats;         // the first of the group that has the same one
    DeviceCache::Entry* device = nullptr;  // when it is to be stored
    BatchOutcome outcome;
  };
  using Errors = std::unordered_map<std::string, Error>;  // by the key of the device

  void FindKnown();
  void FindDevices();
  Errors LoadDevices(const std::vector<keys::GuidKey>& devices);
  void FindMemories();
  Errors LoadMemories(const std::vector<DeviceCache::Entry*>& entries);
  static void Refuse(Member& member, const Error& cause);
  void AddAll(uint64_t& last_given);
  void Add(Member& member, const std::vector<std::string>& forgotten_tags, uint64_t& last_given);
  void AddDevices();
  void AddMemories();
  std::vector<BatchOutcome> TakeOutcomes();

  const RocksDatabase& database_;
  DeviceCache& cache_;
  ContentIds& ids_;
  std::vector<Member> members_;
  std::vector<DeviceCache::Entry*> used_;       // all that the group needs, each once
  std::map<std::string, DevicePatch> devices_;  // changes of devices, by key
  rocksdb::WriteBatch changes_;
  bool is_durable_ = false;
};

}  // namespace rawhaul
