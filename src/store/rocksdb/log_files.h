// The files of the store's log as a crash left them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace rawhaul {

// A place where a write should begin or go on, but does not, with other writes behind it.
struct LogDamage {
  uint64_t log = 0;  // its number
  std::filesystem::path file;
  uint64_t offset = 0;
};

// Takes from the log a last write that is not whole. Each write is synced before the next one begins and
// before it is acknowledged, so a disk that loses power can have any part of the last one, of which nobody
// was told that it is stored. RocksDB drops it only where the file ends early.
//
// Returns all other damage, and leaves it as it is. RocksDB would pass over some of it in silence: what
// stands behind a header of zeros, up to the end of its block. Not all logs are still needed.
//
// The log is as options.cc has RocksDB write it: neither compressed nor in recycled files. REQUIRES that no
// process has the store in `directory` open. Errors: the file, and the system's reason.
Result<std::vector<LogDamage>> CutTornWrite(const std::filesystem::path& directory);

}  // namespace rawhaul
