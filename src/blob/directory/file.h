// Files of the operating system, with its errors as ours.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/result.h"

namespace rawhaul::directory {

// kResourceExhausted for a full disk, kPermissionDenied, kNotFound, kInvalidArgument for a name that is too
// long, else kUnavailable. `reason` is the condition's name in Azure's manner ("DiskFull"). `what`: "cannot
// write".
Error FileError(std::string_view what, const std::filesystem::path& path, std::error_code error);

class File {
 public:
  static Result<File> Create(const std::filesystem::path& path);  // empty, replacing one that is there
  static Result<File> Open(const std::filesystem::path& path);    // for reading

  File(File&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  // At most so many bytes from its position on; fewer only at the end.
  Result<std::string> Read(size_t max_bytes);
  Status Write(std::string_view data);
  // Also of a directory: then the names in it are safe.
  Status Sync();

 private:
  File(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  static Result<File> OpenWith(const std::filesystem::path& path, int flags);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

// One directory; it may be there already.
Status MakeDirectory(const std::filesystem::path& path);
// Gives a file a name that nothing has, in one step. The old name may stay. kConflict when something has it.
Status Publish(const std::filesystem::path& from, const std::filesystem::path& to);
Status RemoveTree(const std::filesystem::path& path);

}  // namespace rawhaul::directory
