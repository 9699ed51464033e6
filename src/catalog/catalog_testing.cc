#include "catalog/catalog_testing.h"

#include <stdexcept>

namespace rawhaul {

TemporaryCatalog::TemporaryCatalog() {
  auto opened = OpenSqliteCatalog(directory_.file(), OldSchema::kMigrate);
  if (!opened) throw std::runtime_error(opened.error().message);
  catalog_ = *std::move(opened);
}

}  // namespace rawhaul
