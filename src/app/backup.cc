#include "app/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "app/checkpoints.h"
#include "app/number_ranges.h"
#include "base/files.h"
#include "base/secret.h"
#include "catalog/maintenance.h"
#include "store/stores.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

// `what`: "the backup". A file system of its own is empty with its lost+found.
Status CheckEmpty(std::string_view what, const fs::path& directory) try {
  if (!fs::exists(directory)) return {};
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() == "lost+found") continue;
    return Fail(ErrorCode::kConflict,
                fmt::format("{} would stand in {}, which is not empty ({}): name a new directory", what,
                            directory.string(), entry.path().filename().string()));
  }
  return {};
} catch (const fs::filesystem_error& error) {
  return Fail(ErrorCode::kInvalidArgument, error.what());
}

// As the file system has it, also where its end is not there yet.
fs::path RealPath(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
}

// What is copied must not get the copy as a part of it. `what`: "the backup"; `source`: "the data".
Status CheckOutside(std::string_view what, const fs::path& target, std::string_view source,
                    const fs::path& directory) {
  const fs::path way = RealPath(target).lexically_relative(RealPath(directory));
  if (way.empty() || *way.begin() == "..") return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("{} would stand in {}, within {} in {}: name a directory outside of it", what,
                          target.string(), source, directory.string()));
}

Status RenamePath(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return SystemError("cannot put in place", to);
  return {};
}

fs::path AbsoluteParent(const fs::path& path) {
  std::error_code ignored;
  return fs::absolute(path, ignored).lexically_normal().parent_path();
}

// "backup/" as "backup": what is made beside it must not be made in it.
fs::path WithoutSlash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

Result<std::vector<fs::path>> FilesIn(const fs::path& directory) try {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
} catch (const fs::filesystem_error& error) {
  return Fail(ErrorCode::kInternal, error.what());
}

// Copies the files of `from` into the new directory `name` of the backup, and enters them.
Status CopyDirectory(const fs::path& from, const fs::path& backup, const fs::path& name,
                     BackupManifest& manifest) {
  if (::mkdir((backup / name).c_str(), 0700) != 0)
    return SystemError("cannot make the directory", backup / name);
  RAWHAUL_ASSIGN(const auto files, FilesIn(from));
  for (const fs::path& file : files) {
    const fs::path path = name / file.filename();
    RAWHAUL_ASSIGN(FileDigest digest, CopyToNewFile(file, backup / path));
    manifest.files.push_back({path, std::move(digest)});
  }
  return SyncDirectory(backup / name);
}

// The catalog first: what it says of the store (the cut-offs of tasks) is then in the store that is copied
// after it.
Status CopyParts(const DataDirectory& data, const fs::path& backup, BackupManifest& manifest) {
  const DataDirectory copy(backup);
  const fs::path vacuumed = copy.catalog().string() + ".new";
  RAWHAUL_TRY(CopySqliteCatalog(data.catalog(), vacuumed));
  // Again, since SQLite does not sync it.
  RAWHAUL_ASSIGN(FileDigest digest, CopyToNewFile(vacuumed, copy.catalog()));
  manifest.files.push_back({copy.catalog().filename(), std::move(digest)});
  if (::unlink(vacuumed.c_str()) != 0) return SystemError("cannot remove", vacuumed);
  RAWHAUL_ASSIGN(const auto checkpoint, TakeCheckpoint(data));
  RAWHAUL_TRY(CopyDirectory(checkpoint->directory(), backup, copy.store().filename(), manifest));
  return CopyDirectory(data.keys(), backup, copy.keys().filename(), manifest);
}

// Copies a backed-up file if it is as it was.
Status RestoreFile(const fs::path& backup, const BackedUpFile& file, const fs::path& target) {
  const fs::path to = target / file.path;
  if (::mkdir(to.parent_path().c_str(), 0700) != 0 && errno != EEXIST) {
    return SystemError("cannot make the directory", to.parent_path());
  }
  RAWHAUL_ASSIGN(const FileDigest copied, CopyToNewFile(backup / file.path, to));
  RAWHAUL_TRY(CheckBackedUpFile(file, copied));
  return SyncDirectory(to.parent_path());
}

// What was given out as of the backup, and may have been since: none of it is given out again.
Status SkipNumbers(const DataDirectory& data, Timestamp now, const Clock& of_backup) {
  RAWHAUL_ASSIGN(const auto stores, OpenEmbeddedStores(data.store(), {}, of_backup));
  RAWHAUL_ASSIGN(const uint64_t sequence, NextNumberRange(stores->records().LastSequence(), now));
  RAWHAUL_TRY(stores->SkipSequences(sequence));
  // The store is newer than the catalog, and may know an app that the catalog does not.
  RAWHAUL_ASSIGN(const uint32_t greatest_app, stores->GreatestApp());
  return SkipIds(
      data.catalog(),
      [&](uint64_t greatest) -> Result<uint64_t> {
        return NextAppRange(std::max(static_cast<uint32_t>(greatest), greatest_app), now);
      },
      [&](uint64_t greatest) { return NextNumberRange(greatest, now); });
}

// The clock of the backup: what is forgotten after a time (batch ids) is not while it is restored.
class StoppedClock final : public Clock {
 public:
  explicit StoppedClock(Timestamp now) : now_(now) {}
  Timestamp Now() const override { return now_; }

 private:
  const Timestamp now_;
};

// The catalog last: without it, a directory is no data directory.
Status PutInPlace(const fs::path& staged, const DataDirectory& data) {
  const DataDirectory from(staged);
  RAWHAUL_TRY(RenamePath(from.keys(), data.keys()));
  RAWHAUL_TRY(RenamePath(from.store(), data.store()));
  return RenamePath(from.catalog(), data.catalog());
}

}  // namespace

Result<BackupManifest> BackUp(const DataDirectory& data, const fs::path& given_target, const Clock& clock) {
  const fs::path target = WithoutSlash(given_target);
  RAWHAUL_TRY(data.CheckInitialised());
  RAWHAUL_TRY(CheckEmpty("the backup", target));
  RAWHAUL_TRY(CheckOutside("the backup", target, "the data", data.root()));
  RAWHAUL_ASSIGN(const auto staging, ScopedDirectory::Make(target.string() + ".partial-" + RandomToken(6)));
  BackupManifest manifest{.created = clock.Now(), .files = {}};
  RAWHAUL_TRY(CopyParts(data, staging.path(), manifest));
  RAWHAUL_TRY(WriteBackupManifest(staging.path(), manifest));
  RAWHAUL_TRY(SyncDirectory(staging.path()));
  RAWHAUL_TRY(RenamePath(staging.path(), target));
  RAWHAUL_TRY(SyncDirectory(AbsoluteParent(target)));
  return manifest;
}

Result<BackupManifest> Restore(const fs::path& backup, const fs::path& given_root, const Clock& clock) {
  const fs::path root = WithoutSlash(given_root);
  RAWHAUL_ASSIGN(BackupManifest manifest, ReadBackupManifest(backup));
  RAWHAUL_TRY(CheckEmpty("the data", root));
  RAWHAUL_TRY(CheckOutside("the data", root, "the backup", backup));
  if (::mkdir(root.c_str(), 0700) != 0 && errno != EEXIST)
    return SystemError("cannot make the directory", root);
  RAWHAUL_ASSIGN(const auto staging, ScopedDirectory::Make(root / "restore.partial"));
  for (const BackedUpFile& file : manifest.files) RAWHAUL_TRY(RestoreFile(backup, file, staging.path()));
  RAWHAUL_TRY(SkipNumbers(DataDirectory(staging.path()), clock.Now(), StoppedClock(manifest.created)));
  RAWHAUL_TRY(PutInPlace(staging.path(), DataDirectory(root)));
  RAWHAUL_TRY(SyncDirectory(root));
  RAWHAUL_TRY(SyncDirectory(AbsoluteParent(root)));
  return manifest;
}

}  // namespace rawhaul
