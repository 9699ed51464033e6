// The limit of open files, which is one of connections, too.
#pragma once

#include <cstddef>

namespace rawhaul {

// Raises this process' limit as far as it may (RLIMIT_NOFILE, to the hard limit), and returns how many of
// `wanted` connections it leaves room for beside the files of the store and of exports; with a warning in the
// log when that is less. At least one.
size_t MakeRoomForConnections(size_t wanted);

}  // namespace rawhaul
