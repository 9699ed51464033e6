// The catalog's file as a whole: copying and checking it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace rawhaul {

// Makes `copy`, which must not exist, with all that is committed to the catalog in `file` now. Others may
// work on it meanwhile.
Status CopySqliteCatalog(const std::filesystem::path& file, const std::filesystem::path& copy);

// What gives the next ids of things of one kind; told the greatest that was given, it returns what takes that
// one's place.
using NextIds = std::function<Result<uint64_t>(uint64_t greatest)>;
// From now on the ids of apps, and those of everything else that is numbered, go on behind what `apps` and
// `others` return.
Status SkipIds(const std::filesystem::path& file, const NextIds& apps, const NextIds& others);

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
