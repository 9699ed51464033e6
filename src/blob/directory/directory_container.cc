#include "blob/directory/directory_container.h"

#include <fmt/format.h>

#include <set>
#include <span>
#include <utility>

#include "base/crc64.h"
#include "base/mutex.h"
#include "blob/directory/file.h"
#include "blob/limits.h"

namespace rawhaul::directory {
namespace {

namespace fs = std::filesystem;

Status CheckStop(const std::stop_token& stop) {
  if (!stop.stop_requested()) return {};
  return Fail(ErrorCode::kCanceled, "stopped while writing to a directory");
}

// Makes directories whose names outlive a loss of power, as what is synced in them does. Thread-safe.
class SafeDirectories {
 public:
  Status Make(const fs::path& path) {
    if (!path.has_relative_path() || IsSafe(path)) return {};
    RAWHAUL_TRY(Make(path.parent_path()));
    RAWHAUL_TRY(MakeDirectory(path));
    // One that we may not read was not made by us.
    Status synced = Sync(path.parent_path());
    if (!synced && synced.error().code != ErrorCode::kPermissionDenied) return synced;
    const MutexLock lock(mutex_);
    safe_.insert(path);
    return {};
  }

  // For good: nothing would remove it once more when a loss of power had brought it back.
  Status Remove(const fs::path& path) {
    {
      const MutexLock lock(mutex_);
      safe_.erase(path);
    }
    RAWHAUL_TRY(RemoveTree(path));
    return Sync(path.parent_path());
  }

  static Status Sync(const fs::path& path) {
    RAWHAUL_ASSIGN(File directory, File::Open(path));
    return directory.Sync();
  }

 private:
  // It may have been removed by somebody else.
  bool IsSafe(const fs::path& path) const {
    std::error_code ignored;
    const MutexLock lock(mutex_);
    return safe_.contains(path) && fs::is_directory(path, ignored);
  }

  mutable Mutex mutex_;
  std::set<fs::path> safe_ RAWHAUL_GUARDED_BY(mutex_);
};

tl::unexpected<Error> NotAsStaged(std::string_view blob, const BlockReceipt& block) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the block {} of \"{}\" is not there as it was staged", block.id, blob),
              std::string(kInvalidBlockList));
}

bool IsBlock(std::string_view data, const BlockReceipt& block) {
  return data.size() == block.bytes && Crc64(data) == block.crc64;
}

class DirectoryContainer final : public Container {
 public:
  // Without a slash at its end, so that the parents of its blobs' paths lead to it.
  DirectoryContainer(const fs::path& root, std::string_view owner)
      : root_(root.has_filename() ? root : root.parent_path()), owner_(owner) {}

  const std::string& prefix() const override { return prefix_; }
  ContainerLimits limits() const override { return kBlockBlobLimits; }

  Status CheckWritable(std::stop_token stop) override {
    RAWHAUL_TRY(CheckStop(stop));
    RAWHAUL_TRY(directories_.Make(root_));
    const fs::path probe = root_ / fmt::format(".rawhaul-write-check-{}", NewReceipt(0, "").id);
    RAWHAUL_TRY(WriteSafely(probe, "check"));
    return RemoveTree(probe);
  }

  Result<BlockReceipt> StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                                  std::stop_token stop) override {
    RAWHAUL_TRY(CheckBlock(blob, index, data.size(), limits()));
    RAWHAUL_TRY(CheckStop(stop));
    const fs::path parts = PartsOf(blob);
    RAWHAUL_TRY(directories_.Make(parts));
    BlockReceipt block = NewReceipt(index, data);
    RAWHAUL_TRY(WriteSafely(parts / block.id, data));
    RAWHAUL_TRY(SafeDirectories::Sync(parts));
    return block;
  }

  // That a blob is ours is seen by what is in it, so nothing needs to be kept for a commit that is repeated.
  Status Commit(const BlobCommit& commit, std::stop_token stop) override {
    RAWHAUL_TRY(CheckCommit(commit, limits()));
    const fs::path path = PathOf(commit.blob);
    const fs::path parts = PartsOf(commit.blob);
    bool is_ours = false;
    if (!IsThere(path)) {
      RAWHAUL_TRY(directories_.Make(parts));
      RAWHAUL_TRY(Assemble(commit, parts, stop));
      Status published = Publish(parts / kWhole, path);
      if (!published && published.error().code != ErrorCode::kConflict) return published;
      is_ours = published.has_value();
    }
    if (!is_ours) {
      RAWHAUL_ASSIGN(is_ours, IsMadeOf(path, commit.blocks, stop));
    }
    if (!is_ours) return Fail(NameIsTaken(commit.blob, kBlobAlreadyExists));
    RAWHAUL_TRY(SafeDirectories::Sync(path.parent_path()));
    return directories_.Remove(parts);
  }

  Status Discard(std::string_view stem) override try {
    const fs::path path = PathOf(stem);
    if (!fs::exists(path.parent_path())) return {};
    for (const auto& entry : fs::directory_iterator(path.parent_path())) {
      if (!IsStaged(entry.path().filename().string(), path.filename().string())) continue;
      RAWHAUL_TRY(directories_.Remove(entry.path()));
    }
    return {};
  } catch (const fs::filesystem_error& error) {
    return Fail(FileError("cannot look into", error.path1(), error.code()));
  }

 private:
  static constexpr std::string_view kWhole = "whole";

  // Whether `name` is the hidden directory of a blob "{stem}.…" or "{stem}_…"; ".parts" and ".spent" are of
  // earlier versions.
  bool IsStaged(std::string_view name, std::string_view stem) const {
    if (!name.starts_with(".") || !name.substr(1).starts_with(stem)) return false;
    const std::string_view rest = name.substr(1 + stem.size());
    return (rest.starts_with(".") || rest.starts_with("_")) &&
           (rest.ends_with(PartsSuffix()) || rest.ends_with(".parts") || rest.ends_with(".spent"));
  }

  static Status WriteSafely(const fs::path& path, const ByteParts& data) {
    RAWHAUL_ASSIGN(File file, File::Create(path));
    for (const std::string_view part : data) RAWHAUL_TRY(file.Write(part));
    return file.Sync();
  }

  static bool IsThere(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
  }

  // Removed first, since a file of an earlier commit may have this name, too.
  static Status Assemble(const BlobCommit& commit, const fs::path& parts, const std::stop_token& stop) {
    RAWHAUL_TRY(RemoveTree(parts / kWhole));
    RAWHAUL_ASSIGN(File whole, File::Create(parts / kWhole));
    for (const BlockReceipt& block : commit.blocks) {
      RAWHAUL_TRY(CheckStop(stop));
      const fs::path part = parts / block.id;
      if (!IsThere(part)) return NotAsStaged(commit.blob, block);
      RAWHAUL_ASSIGN(File file, File::Open(part));
      RAWHAUL_ASSIGN(const std::string data, file.Read(block.bytes + 1));
      if (!IsBlock(data, block)) return NotAsStaged(commit.blob, block);
      RAWHAUL_TRY(whole.Write(data));
    }
    return whole.Sync();
  }

  static Result<bool> IsMadeOf(const fs::path& path, std::span<const BlockReceipt> blocks,
                               const std::stop_token& stop) {
    std::error_code ignored;
    if (fs::symlink_status(path, ignored).type() != fs::file_type::regular) return false;
    RAWHAUL_ASSIGN(File file, File::Open(path));
    for (const BlockReceipt& block : blocks) {
      RAWHAUL_TRY(CheckStop(stop));
      RAWHAUL_ASSIGN(const std::string data, file.Read(block.bytes));
      if (!IsBlock(data, block)) return false;
    }
    RAWHAUL_ASSIGN(const std::string rest, file.Read(1));
    return rest.empty();
  }

  fs::path PathOf(std::string_view blob) const { return root_ / blob; }
  std::string PartsSuffix() const { return fmt::format(".parts-{}", owner_); }
  fs::path PartsOf(std::string_view blob) const {
    const fs::path path = PathOf(blob);
    return path.parent_path() / fmt::format(".{}{}", path.filename().string(), PartsSuffix());
  }

  const fs::path root_;
  const std::string owner_;
  const std::string prefix_;
  SafeDirectories directories_;
};

}  // namespace

std::unique_ptr<Container> MakeContainer(const fs::path& root, std::string_view owner) {
  return std::make_unique<DirectoryContainer>(root, owner);
}

}  // namespace rawhaul::directory
