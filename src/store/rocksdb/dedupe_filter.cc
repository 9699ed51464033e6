#include "store/rocksdb/dedupe_filter.h"

#include <rocksdb/compaction_filter.h>

#include <string>

#include "store/ingest_store.h"
#include "store/rocksdb/keys.h"

namespace rawhaul {
namespace {

class DedupeFilter final : public rocksdb::CompactionFilter {
 public:
  explicit DedupeFilter(const Clock& clock) : clock_(clock) {}

  const char* Name() const override { return "rawhaul.dedupe"; }

  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    const auto received_at = keys::ParseNumber(value.ToStringView());
    return received_at && FromMillis(static_cast<int64_t>(*received_at)) < clock_.Now() - kDedupeWindow;
  }

 private:
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<rocksdb::CompactionFilter> MakeDedupeFilter(const Clock& clock) {
  return std::make_unique<DedupeFilter>(clock);
}

}  // namespace rawhaul
