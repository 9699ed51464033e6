// The schema of the catalog, as the steps that lead to it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace rawhaul {

// The statements of one step, applied in one transaction. Its version is its place in the list, from 1 on.
using Migration = std::vector<std::string_view>;

// A released step never changes: a new schema is a new step at the end.
std::span<const Migration> SqliteMigrations();

}  // namespace rawhaul
