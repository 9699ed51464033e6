#include "store/rocksdb/status.h"

#include <fmt/format.h>
#include <rocksdb/status.h>

namespace rawhaul {
namespace {

ErrorCode CodeOf(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return ErrorCode::kUnavailable;  // it passes: somebody will make room
  switch (status.code()) {
    case rocksdb::Status::kCorruption:
      return ErrorCode::kDataLoss;
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

}  // namespace

Error ToError(const rocksdb::Status& status, std::string_view doing) {
  return Error{CodeOf(status), fmt::format("{}: {}", doing, status.ToString()),
               status.IsNoSpace() ? "DiskFull" : ""};
}

Status ToStatus(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return {};
  return Fail(ToError(status, doing));
}

}  // namespace rawhaul
