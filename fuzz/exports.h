// What stands in the exported files of a record batch.
#pragma once

#include <string_view>
#include <vector>

#include "model/record.h"

namespace rawhaul::fuzz {

// Requires that `batch`, a valid RecordBatch of `records`, becomes files in every format that readers with no
// part in the writing can read, and that they have each of the records, in order and once.
void RequireExports(std::string_view batch, const std::vector<Record>& records);

}  // namespace rawhaul::fuzz
