// `rawhaul backup` and `rawhaul restore`.
#pragma once

#include <filesystem>

#include "app/backup_manifest.h"
#include "app/data_directory.h"
#include "base/result.h"
#include "base/time.h"

namespace rawhaul {

// Copies the catalog, the store and the keys into `target`, which must not exist or be empty, nor stand
// within the data, also while a server runs. It has all that was acknowledged before the call. What stands in
// `target` when this fails is no backup: nothing.
Result<BackupManifest> BackUp(const DataDirectory& data, const std::filesystem::path& target,
                              const Clock& clock);

// Makes `root`, which must not exist or be empty, nor stand within the backup, the data directory that
// `backup` was made of. Every byte is compared with the backup's manifest before anything stands there under
// its name. From then on all that is numbered (records, tasks, campaigns, apps) goes on far behind the
// backup's numbers, see number_ranges.h.
Result<BackupManifest> Restore(const std::filesystem::path& backup, const std::filesystem::path& root,
                               const Clock& clock);

}  // namespace rawhaul
