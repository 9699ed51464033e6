// The stores of one server.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/device_memory_store.h"
#include "store/device_store.h"
#include "store/feedback_store.h"
#include "store/ingest_store.h"
#include "store/record_store.h"

namespace rawhaul {

// Devices and feedback of one app in one state: what belongs together stands beside each other.
struct AppSnapshot {
  std::shared_ptr<const DeviceSnapshot> devices;
  std::shared_ptr<const FeedbackSnapshot> feedback;
};

// An engine, seen as its interfaces. They live as long as this does.
class Stores {
 public:
  virtual ~Stores() = default;
  virtual IngestStore& ingest() = 0;
  virtual const RecordStore& records() const = 0;
  virtual const DeviceStore& devices() const = 0;
  virtual const FeedbackStore& feedback() const = 0;
  virtual AppSnapshot Snapshot(uint32_t app) const = 0;
  virtual const DeviceMemoryStore& memories() const = 0;
};

// Stores in a directory of this machine.
class EmbeddedStores : public Stores {
 public:
  // Makes `directory`, which must not exist but lies on the file system of the stores, a store of its own
  // with all that was acknowledged so far. It takes little time and room: tables, which never change, are
  // links.
  virtual Status Checkpoint(const std::filesystem::path& directory) = 0;

  // The greatest id of an app that has anything here; 0 when none has.
  virtual Result<uint32_t> GreatestApp() const = 0;
  // From the next time that the stores are opened on, sequences begin behind `last`. Nothing may be written
  // until then. REQUIRES last >= records().LastSequence().
  virtual Status SkipSequences(uint64_t last) = 0;
};

struct EmbeddedStoreOptions {
  uint64_t block_cache_bytes = uint64_t{64} << 20;
  uint64_t write_buffer_bytes = uint64_t{64} << 20;  // over all column families
  uint64_t device_cache_bytes = uint64_t{32} << 20;  // of devices that batches come from
  // What it may take to write again after an error of the disk; the process ends when it takes longer. There
  // is as much to be written as write_buffer_bytes.
  std::chrono::milliseconds resume_deadline = std::chrono::minutes(2);
  std::chrono::milliseconds resume_patience = std::chrono::seconds(10);  // of a write that waits for it
};

// Keeps the stores in a directory from being opened, by any process.
class StoreLock {
 public:
  virtual ~StoreLock() = default;
};
// Held for as long as it lives. `directory` is made when missing. kUnavailable when another process has its
// stores open.
Result<std::unique_ptr<StoreLock>> LockStores(const std::filesystem::path& directory);

// RocksDB in `directory`, made when missing. kUnavailable when another process has it open. `clock` tells
// when batch ids may be forgotten, and must outlive the stores.
Result<std::unique_ptr<EmbeddedStores>> OpenEmbeddedStores(const std::filesystem::path& directory,
                                                           const EmbeddedStoreOptions& options,
                                                           const Clock& clock);

struct StoreCheck {
  uint64_t last_sequence = 0;
  std::vector<std::string> findings;  // empty: all is well
};
// Reads every byte of the store in `directory`, and changes nothing. kUnavailable when another process has it
// open.
Result<StoreCheck> CheckEmbeddedStores(const std::filesystem::path& directory);

}  // namespace rawhaul
