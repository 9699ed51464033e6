// backup.json: what a backup consists of. It is written last, so a directory that has none is no backup.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/time.h"

namespace rawhaul {

inline constexpr std::string_view kBackupManifest = "backup.json";

struct BackedUpFile {
  std::filesystem::path path;  // relative, below the backup
  FileDigest digest;
};

struct BackupManifest {
  Timestamp created;
  std::vector<BackedUpFile> files;
};

// Of the backup in `directory`. kNotFound when it is none, kDataLoss when a byte of the manifest is not as it
// was written.
Result<BackupManifest> ReadBackupManifest(const std::filesystem::path& directory);
Status WriteBackupManifest(const std::filesystem::path& directory, const BackupManifest& manifest);

// kDataLoss, with the name of the file, when it is not as the manifest has it.
Status CheckBackedUpFile(const BackedUpFile& file, const FileDigest& found);

}  // namespace rawhaul
