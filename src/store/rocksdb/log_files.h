// The files of the store's log as a crash left them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace rawhaul {

// A write that is not whole.
struct LogDamage {
  uint64_t log = 0;  // its number
  std::filesystem::path file;
  uint64_t offset = 0;   // behind what is there of it
  bool is_last = false;  // no other write stands behind it, in this log or a newer one
};

enum class TornWrite { kCut, kLeave };

// Reads all logs, and returns what is not whole in them, where each is not whole for the first time. RocksDB
// would pass over some of it in silence: what stands behind a header of zeros, up to the end of its block.
// Not all logs are still needed.
//
// kCut takes a last write that is not whole from the log, and does not return it. Each write is synced before
// the next one begins and before it is acknowledged, so a disk that loses power can have any part of the last
// one, of which nobody was told that it is stored. RocksDB drops it only where the file ends early.
//
// The log is as options.cc has RocksDB write it: neither compressed nor in recycled files. REQUIRES that no
// process has the store in `directory` open. Errors: the file, and the system's reason.
Result<std::vector<LogDamage>> ReadLogs(const std::filesystem::path& directory, TornWrite torn);

}  // namespace rawhaul
