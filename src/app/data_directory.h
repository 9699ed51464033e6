// The layout of --data DIR: everything that the server keeps.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "catalog/catalog.h"

namespace rawhaul {

class DataDirectory {
 public:
  explicit DataDirectory(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path keys() const { return root_ / "keys"; }
  std::filesystem::path catalog() const { return root_ / "catalog.sqlite"; }
  std::filesystem::path store() const { return root_ / "store"; }

  // Makes the directory, its keys and an empty catalog; what is there already stays as it is.
  Status Init() const;
  // kNotFound, with the command that mends it, when the directory was never initialised.
  Result<std::unique_ptr<Catalog>> OpenCatalog() const;

 private:
  std::filesystem::path root_;
};

}  // namespace rawhaul
