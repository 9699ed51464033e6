// RocksDB's errors as ours.
#pragma once

#include <string_view>

#include "base/result.h"

namespace rocksdb {
class Status;
}

namespace rawhaul {

// REQUIRES !status.ok(). `doing` says what failed: "reading records".
Error ToError(const rocksdb::Status& status, std::string_view doing);
Status ToStatus(const rocksdb::Status& status, std::string_view doing);

}  // namespace rawhaul
