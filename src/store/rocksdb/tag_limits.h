// How many tags a device may have.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "model/tag_budget.h"
#include "store/ingest_store.h"
#include "store/rocksdb/database.h"

namespace rawhaul {

// Judges the batches of one write, in their order. Only devices that a batch names tags of are read, all of
// them at once.
class TagLimits {
 public:
  TagLimits(const RocksDatabase& database, std::span<const IngestBatch* const> batches);

  // Of a batch that will be stored unless this refuses it: TagBudget::Admit, or why the device cannot be
  // read.
  Result<std::vector<std::string>> Admit(const IngestBatch& batch);

 private:
  // Of what is stored, with what was admitted over it.
  std::map<std::pair<uint32_t, Guid>, Result<TagBudget>> budgets_;
};

}  // namespace rawhaul
