#include "app/open_files.h"

#include <sys/resource.h>

#include "base/logging.h"

namespace rawhaul {
namespace {

// RocksDB's 512 (store/rocksdb/options.cc), uploads, the catalog, the log, and some to spare.
constexpr rlim_t kOtherFiles = 1000;

rlim_t RaiseLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace

size_t MakeRoomForConnections(size_t wanted) {
  const rlim_t files = RaiseLimit();
  const size_t room = files > kOtherFiles ? static_cast<size_t>(files - kOtherFiles) : 1;
  if (room >= wanted) return wanted;
  log::Warn(
      "this process may open {} files: {} connections are served at once instead of {}; raise the limit "
      "(ulimit -Hn, LimitNOFILE) or lower http.max_connections",
      files, room, wanted);
  return room;
}

}  // namespace rawhaul
