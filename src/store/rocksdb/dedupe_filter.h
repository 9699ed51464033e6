// Forgets batch ids: a compaction drops those that were received before kDedupeWindow.
#pragma once

#include <memory>

#include "base/time.h"

namespace rocksdb {
class CompactionFilter;
}

namespace rawhaul {

// `clock` must outlive the filter.
std::unique_ptr<rocksdb::CompactionFilter> MakeDedupeFilter(const Clock& clock);

}  // namespace rawhaul
