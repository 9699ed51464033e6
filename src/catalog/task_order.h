// What the lists of export and of import tasks have in common.
#pragma once

#include <cstdint>
#include <string>

#include "catalog/catalog.h"

namespace rawhaul {

// What follows ORDER BY. Tasks that have no value to sort by come last in both directions, on every engine.
std::string OrderBy(TaskOrder order, bool descending);

// As a value of LIMIT or OFFSET.
long long ToLimit(uint64_t value);

}  // namespace rawhaul
