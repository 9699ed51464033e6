#include "store/rocksdb/snapshot.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <utility>

#include "base/encoding.h"

namespace rawhaul {

DatabaseSnapshot::DatabaseSnapshot(const RocksDatabase& database)
    : database_(database), snapshot_(database.db().GetSnapshot()) {}

DatabaseSnapshot::~DatabaseSnapshot() { database_.db().ReleaseSnapshot(snapshot_); }

SnapshotScan::SnapshotScan(std::shared_ptr<const DatabaseSnapshot> snapshot, Family family,
                           std::string_view first, std::string_view last)
    : snapshot_(std::move(snapshot)), scan_(snapshot_->database(), family, first, last, snapshot_->get()) {}

void SnapshotScan::EndDamaged(std::string_view what, std::string_view cause) {
  damage_ = Fail(ErrorCode::kDataLoss, fmt::format("the stored {} {} is damaged{}{}", what, HexEncode(key()),
                                                   cause.empty() ? "" : ": ", cause));
}

}  // namespace rawhaul
