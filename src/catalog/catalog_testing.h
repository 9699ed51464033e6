// A real catalog in a directory of its own, for the tests of this layer and of those above.
#pragma once

#include <filesystem>
#include <memory>

#include "base/base_testing.h"
#include "catalog/catalog.h"

namespace rawhaul {

// A catalog file that is not there yet, in a directory that goes with all that is in it.
struct TemporaryCatalogDirectory : TempDirectory {
  std::filesystem::path file() const { return path() / "catalog.db"; }
};

class TemporaryCatalog {
 public:
  TemporaryCatalog();
  Catalog& operator*() const { return *catalog_; }
  Catalog* operator->() const { return catalog_.get(); }
  const TemporaryCatalogDirectory& directory() const { return directory_; }

 private:
  TemporaryCatalogDirectory directory_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace rawhaul
