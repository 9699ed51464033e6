// RocksDB's own log, in ours.
#pragma once

#include <memory>

namespace rocksdb {
class Logger;
}

namespace rawhaul {

// Takes RocksDB's warnings and errors over into base/logging, each kind once a minute at most. RocksDB's own
// file for them is no choice: when the disk does not take a line of it, the next line aborts the program.
std::shared_ptr<rocksdb::Logger> MakeInfoLog();

}  // namespace rawhaul
