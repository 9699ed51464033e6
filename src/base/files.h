// Files that must not be lost: what was written is on disk when a call returns. Errors are kInternal and name
// the file and the system's reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace rawhaul {

// Closes it at the end.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// A directory that goes with all that is in it, at the end, unless it was renamed.
class ScopedDirectory {
 public:
  // One that was not there before, for its owner alone.
  static Result<ScopedDirectory> Make(const std::filesystem::path& path);
  ScopedDirectory(ScopedDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScopedDirectory(const ScopedDirectory&) = delete;
  ScopedDirectory& operator=(const ScopedDirectory&) = delete;
  ~ScopedDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScopedDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

// With the text of errno. `what`: "cannot read".
tl::unexpected<Error> SystemError(std::string_view what, const std::filesystem::path& path);

// A file that was not there before, readable by its owner alone. It is found after a crash once its directory
// is synced, too.
Status WriteNewFile(const std::filesystem::path& file, std::string_view text);
Status SyncDirectory(const std::filesystem::path& directory);
// The name of a file or directory is found after a crash: syncs the directory that it is in.
Status SyncName(const std::filesystem::path& path);

// Calls `take` with the file's bytes, part by part, until it fails.
Status ReadFileParts(const std::filesystem::path& file, const std::function<Status(std::string_view)>& take);

struct FileDigest {
  uint64_t bytes = 0;
  std::string sha256;  // 64 hex digits in lower case

  bool operator==(const FileDigest&) const = default;
};
Result<FileDigest> DigestFile(const std::filesystem::path& file);
// As WriteNewFile. The digest is that of the bytes that were copied.
Result<FileDigest> CopyToNewFile(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace rawhaul
