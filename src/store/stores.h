// The stores of one server.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "store/device_store.h"
#include "store/feedback_store.h"
#include "store/ingest_store.h"
#include "store/record_store.h"

namespace rawhaul {

// An engine, seen as its interfaces. They live as long as this does.
class Stores {
 public:
  virtual ~Stores() = default;
  virtual IngestStore& ingest() = 0;
  virtual const RecordStore& records() const = 0;
  virtual const DeviceStore& devices() const = 0;
  virtual const FeedbackStore& feedback() const = 0;
};

struct EmbeddedStoreOptions {
  uint64_t block_cache_bytes = uint64_t{64} << 20;
  uint64_t write_buffer_bytes = uint64_t{64} << 20;  // over all column families
};

// RocksDB in `directory`, made when missing. kUnavailable when another process has it open. `clock` tells
// when batch ids may be forgotten, and must outlive the stores.
Result<std::unique_ptr<Stores>> OpenEmbeddedStores(const std::filesystem::path& directory,
                                                   const EmbeddedStoreOptions& options, const Clock& clock);

}  // namespace rawhaul
