#include "store/rocksdb/status.h"

#include <fmt/format.h>
#include <rocksdb/status.h>

#include <string>

#include "store/ingest_store.h"

namespace rawhaul {
namespace {

ErrorCode CodeOf(const rocksdb::Status& status) {
  switch (status.code()) {
    case rocksdb::Status::kCorruption:
      return ErrorCode::kDataLoss;
    case rocksdb::Status::kIOError:  // it passes: somebody makes room, or the disk comes back
    case rocksdb::Status::kBusy:
    case rocksdb::Status::kTimedOut:
    case rocksdb::Status::kTryAgain:
    case rocksdb::Status::kIncomplete:
    case rocksdb::Status::kShutdownInProgress:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

std::string_view ReasonOf(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return kDiskFull;
  if (status.IsIOError()) return kDiskError;
  if (status.IsCorruption()) return kStoreDamaged;
  return "";
}

}  // namespace

Error ToError(const rocksdb::Status& status, std::string_view doing) {
  return Error{CodeOf(status), fmt::format("{}: {}", doing, status.ToString()),
               std::string(ReasonOf(status))};
}

Status ToStatus(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return {};
  return Fail(ToError(status, doing));
}

}  // namespace rawhaul
