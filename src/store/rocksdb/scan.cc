#include "store/rocksdb/scan.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include "store/rocksdb/status.h"

namespace rawhaul {
namespace {

rocksdb::ReadOptions ScanOptions(const rocksdb::Slice* upper_bound, const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.iterate_upper_bound = upper_bound;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.readahead_size = 1 << 20;
  return options;
}

}  // namespace

Scan::Scan(const RocksDatabase& database, Family family, std::string_view first, std::string_view last,
           const rocksdb::Snapshot* snapshot)
    : limit_(KeyAfter(last)),
      upper_bound_(std::make_unique<rocksdb::Slice>(limit_)),
      iterator_(
          database.db().NewIterator(ScanOptions(upper_bound_.get(), snapshot), database.family(family))) {
  iterator_->Seek(rocksdb::Slice(first));
}

Scan::~Scan() = default;

bool Scan::Next() {
  if (!is_fresh_ && iterator_->Valid()) iterator_->Next();
  is_fresh_ = false;
  return iterator_->Valid();
}

void Scan::SkipTo(std::string_view key) {
  iterator_->Seek(rocksdb::Slice(key));
  is_fresh_ = true;
}

std::string_view Scan::key() const { return iterator_->key().ToStringView(); }
std::string_view Scan::value() const { return iterator_->value().ToStringView(); }
Status Scan::status() const { return ToStatus(iterator_->status(), "reading the store"); }

}  // namespace rawhaul
