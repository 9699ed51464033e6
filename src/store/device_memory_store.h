// What the collect path remembers of a device to make sense of its later batches: exported nowhere, and its
// bytes mean nothing to a store. Changed by IngestBatch::complete. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "base/guid.h"
#include "base/result.h"

namespace rawhaul {

class DeviceMemoryStore {
 public:
  virtual ~DeviceMemoryStore() = default;
  // Empty when nothing is remembered.
  virtual Result<std::string> Find(uint32_t app, const Guid& device) const = 0;
};

}  // namespace rawhaul
