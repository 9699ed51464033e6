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

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path keys() const { return root_ / "keys"; }
  std::filesystem::path catalog() const { return root_ / "catalog.sqlite"; }
  std::filesystem::path store() const { return root_ / "store"; }
  std::filesystem::path clock() const { return root_ / "clock"; }  // server_clock.h

  // Of checkpoints.h: what a backup is copied from, and where it asks for it.
  std::filesystem::path checkpoint() const { return root_ / "checkpoint"; }
  std::filesystem::path checkpoint_socket() const { return root_ / "checkpoint.sock"; }
  // Whether it is what `rawhaul backup` has made: to be restored, not to be worked on.
  bool IsBackup() const;

  // Makes the directory, its keys and an empty catalog; what is there already stays as it is, but for a
  // catalog of an older program, as of OpenCatalog.
  Status Init() const;
  // kNotFound, with the command that mends it, when the directory was never initialised; kDataLoss when its
  // catalog is gone; kConflict for a backup.
  Status CheckInitialised() const;
  // Also while a server has the data open. A catalog of an older program is migrated, but kConflict while
  // anybody has the data open: that may be a server of the older program.
  Result<std::unique_ptr<Catalog>> OpenCatalog() const;

 private:
  std::filesystem::path root_;
};

}  // namespace rawhaul
