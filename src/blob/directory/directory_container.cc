#include "blob/directory/directory_container.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "blob/directory/file.h"
#include "blob/limits.h"

namespace rawhaul::directory {
namespace {

namespace fs = std::filesystem;

Status CheckStop(const std::stop_token& stop) {
  if (!stop.stop_requested()) return {};
  return Fail(ErrorCode::kCanceled, "stopped while writing to a directory");
}

class DirectoryContainer final : public Container {
 public:
  // Without a slash at its end, so that the parents of its blobs' paths lead to it.
  explicit DirectoryContainer(const fs::path& root)
      : root_(root.has_filename() ? root : root.parent_path()) {}

  const std::string& prefix() const override { return prefix_; }

  Status CheckWritable(std::stop_token stop) override {
    RAWHAUL_TRY(CheckStop(stop));
    const fs::path probe = root_ / fmt::format(".rawhaul-write-check.{}", next_temporary_++);
    RAWHAUL_TRY(MakeDirectories(root_));
    RAWHAUL_TRY(WriteFile(probe, "check"));
    return RemoveTree(probe);
  }

  Status StageBlock(std::string_view blob, uint32_t index, const ByteParts& data,
                    std::stop_token stop) override {
    RAWHAUL_TRY(CheckBlock(blob, index, data.size()));
    RAWHAUL_TRY(CheckStop(stop));
    const fs::path parts = BesideBlob(blob, "parts");
    RAWHAUL_TRY(MakeDirectories(parts));
    // Under its name a block is complete, whenever the process ends.
    const fs::path temporary = parts / fmt::format("new.{}", next_temporary_++);
    RAWHAUL_TRY(WriteFile(temporary, data));
    return Rename(temporary, parts / BlockName(index));
  }

  Status Commit(std::string_view blob, uint32_t blocks, const BlobProperties&,
                std::stop_token stop) override {
    RAWHAUL_TRY(CheckCommit(blob, blocks));
    const fs::path parts = BesideBlob(blob, "parts");
    const fs::path spent = BesideBlob(blob, "spent");
    if (blocks == 0 || !WasCommitted(parts, PathOf(blob))) {
      const fs::path whole = parts / "whole";
      RAWHAUL_TRY(MakeDirectories(parts));
      RAWHAUL_TRY(Assemble(parts, blocks, whole, stop));
      RAWHAUL_TRY(Rename(whole, PathOf(blob)));
      RAWHAUL_TRY(SyncDirectories(PathOf(blob).parent_path()));
      RAWHAUL_TRY(RemoveTree(spent));
      // In one step: whoever commits again after a crash finds all blocks or none.
      RAWHAUL_TRY(Rename(parts, spent));
    }
    return RemoveTree(spent);
  }

  Status Discard(std::string_view stem) override try {
    const fs::path path = PathOf(stem);
    if (!fs::exists(path.parent_path())) return {};
    for (const auto& entry : fs::directory_iterator(path.parent_path())) {
      if (!IsStaged(entry.path().filename().string(), path.filename().string())) continue;
      RAWHAUL_TRY(RemoveTree(entry.path()));
    }
    return {};
  } catch (const fs::filesystem_error& error) {
    return Fail(FileError("cannot look into", error.path1(), error.code()));
  }

 private:
  // Whether `name` is the hidden directory of a blob "{stem}.…" or "{stem}_…".
  static bool IsStaged(std::string_view name, std::string_view stem) {
    if (!name.starts_with(".") || !name.substr(1).starts_with(stem)) return false;
    const std::string_view rest = name.substr(1 + stem.size());
    return (rest.starts_with(".") || rest.starts_with("_")) &&
           (rest.ends_with(".parts") || rest.ends_with(".spent"));
  }

  static std::string BlockName(uint32_t index) { return fmt::format("{:05}", index); }

  static Status WriteFile(const fs::path& path, const ByteParts& data) {
    RAWHAUL_ASSIGN(File file, File::Create(path));
    for (const std::string_view part : data) RAWHAUL_TRY(file.Write(part));
    return {};
  }

  // A new name is safe only when its directory is, and the names of the directories that were made for it.
  Status SyncDirectories(fs::path path) const {
    for (;; path = path.parent_path()) {
      RAWHAUL_ASSIGN(File directory, File::Open(path));
      RAWHAUL_TRY(directory.Sync());
      if (path == root_) return {};
    }
  }

  static bool WasCommitted(const fs::path& parts, const fs::path& blob) {
    std::error_code ignored;
    return !fs::exists(parts, ignored) && fs::is_regular_file(blob, ignored);
  }

  static Status Assemble(const fs::path& parts, uint32_t blocks, const fs::path& target,
                         const std::stop_token& stop) {
    RAWHAUL_ASSIGN(File file, File::Create(target));
    for (uint32_t i = 0; i < blocks; ++i) {
      RAWHAUL_TRY(CheckStop(stop));
      const fs::path part = parts / BlockName(i);
      std::error_code ignored;
      if (!fs::exists(part, ignored)) {
        return Fail(ErrorCode::kInvalidArgument, fmt::format("block {} of {} was never staged", i, blocks),
                    std::string(kInvalidBlockList));
      }
      RAWHAUL_ASSIGN(const File block, File::Open(part));
      RAWHAUL_TRY(file.Append(block));
    }
    return file.Sync();
  }

  fs::path PathOf(std::string_view blob) const { return root_ / blob; }
  // A hidden directory: ".x.json.parts" has the staged blocks, ".x.json.spent" those of the visible blob.
  fs::path BesideBlob(std::string_view blob, std::string_view what) const {
    const fs::path path = PathOf(blob);
    return path.parent_path() / fmt::format(".{}.{}", path.filename().string(), what);
  }

  const fs::path root_;
  const std::string prefix_;
  std::atomic<uint64_t> next_temporary_ = 0;
};

}  // namespace

std::unique_ptr<Container> MakeContainer(const fs::path& root) {
  return std::make_unique<DirectoryContainer>(root);
}

}  // namespace rawhaul::directory
