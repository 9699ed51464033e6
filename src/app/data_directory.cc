#include "app/data_directory.h"

#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "identity/keys.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRestore = "restore the data from a backup (rawhaul restore)";

// SQLite would take an empty file for a new database.
bool IsMissingOrEmpty(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error == std::errc::no_such_file_or_directory || (!error && size == 0);
}

}  // namespace

Status DataDirectory::Init() const {
  std::error_code error;
  if (fs::exists(store(), error) && IsMissingOrEmpty(catalog())) {
    return Fail(ErrorCode::kDataLoss, fmt::format("{} has records, but its catalog {} is gone: {}",
                                                  root_.string(), catalog().string(), kRestore));
  }
  fs::create_directories(root_, error);
  if (error)
    return Fail(ErrorCode::kInternal,
                fmt::format("cannot make the directory {}: {}", root_.string(), error.message()));
  RAWHAUL_TRY(CreateServerKeys(keys()));
  RAWHAUL_ASSIGN(const auto made, OpenSqliteCatalog(catalog()));
  return {};
}

Result<std::unique_ptr<Catalog>> DataDirectory::OpenCatalog() const {
  std::error_code error;
  if (!fs::exists(catalog(), error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} is no data directory; make it with: rawhaul init --data {}", root_.string(),
                            root_.string()));
  }
  if (IsMissingOrEmpty(catalog())) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the catalog {} is empty, which it never is: {}", catalog().string(), kRestore));
  }
  return OpenSqliteCatalog(catalog());
}

}  // namespace rawhaul
