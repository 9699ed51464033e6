#include "app/data_directory.h"

#include <fmt/format.h>

#include <system_error>

#include "identity/keys.h"

namespace rawhaul {

Status DataDirectory::Init() const {
  std::error_code error;
  std::filesystem::create_directories(root_, error);
  if (error)
    return Fail(ErrorCode::kInternal,
                fmt::format("cannot make the directory {}: {}", root_.string(), error.message()));
  RAWHAUL_TRY(CreateServerKeys(keys()));
  RAWHAUL_ASSIGN(const auto made, OpenSqliteCatalog(catalog()));
  return {};
}

Result<std::unique_ptr<Catalog>> DataDirectory::OpenCatalog() const {
  std::error_code error;
  if (!std::filesystem::exists(catalog(), error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} is no data directory; make it with: rawhaul init --data {}", root_.string(),
                            root_.string()));
  }
  return OpenSqliteCatalog(catalog());
}

}  // namespace rawhaul
