// Checkpoints of the store for `rawhaul backup`, which is another process: RocksDB lets nobody in but the one
// that serves. So the server makes them, on request over a Unix socket in the data directory.
#pragma once

#include <filesystem>
#include <memory>

#include "app/data_directory.h"
#include "base/result.h"
#include "store/stores.h"

namespace rawhaul {

// The state of the store at one moment, as files that do not change. They go when this goes.
class StoreCheckpoint {
 public:
  virtual ~StoreCheckpoint() = default;
  virtual const std::filesystem::path& directory() const = 0;
};

// Of all that was acknowledged before the call. From the server that has `data` open; when there is none the
// store is opened for as long as the checkpoint lives.
Result<std::unique_ptr<StoreCheckpoint>> TakeCheckpoint(const DataDirectory& data);

// Gives checkpoints to others, one at a time. Only the user that the server runs as, and root, can ask for
// them.
class CheckpointServer {
 public:
  // Takes away what a server before has left. `stores` must outlive it.
  static Result<std::unique_ptr<CheckpointServer>> Start(const DataDirectory& data, EmbeddedStores& stores);
  virtual ~CheckpointServer() = default;
};

}  // namespace rawhaul
