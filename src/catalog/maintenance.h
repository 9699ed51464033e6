// The catalog's file as a whole: copying and checking it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace rawhaul {

// Makes `copy`, which must not exist, with all that is committed to the catalog in `file` now. Others may
// work on it meanwhile.
Status CopySqliteCatalog(const std::filesystem::path& file, const std::filesystem::path& copy);

struct CatalogCheck {
  struct Task {
    uint64_t id = 0;
    uint64_t cut_off = 0;
    std::optional<std::string> sealed_url;  // of one that has not ended
  };
  std::vector<std::string> findings;  // empty: all is well
  std::vector<Task> tasks;
};
// Reads all of the catalog in `file`, and changes nothing: it works on a copy in the system's temporary
// directory.
Result<CatalogCheck> CheckSqliteCatalog(const std::filesystem::path& file);

}  // namespace rawhaul
