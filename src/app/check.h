// `rawhaul check`.
#pragma once

#include <string>
#include <vector>

#include "app/data_directory.h"
#include "base/result.h"

namespace rawhaul {

// Reads all data and changes none. Returns what is wrong, a line each. An error: it could not be checked,
// because a server has the data open or the directory is none.
Result<std::vector<std::string>> CheckData(const DataDirectory& data);

}  // namespace rawhaul
