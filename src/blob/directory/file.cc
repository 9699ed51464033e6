#include "blob/directory/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

namespace rawhaul::directory {
namespace {

constexpr mode_t kFileMode = 0640;

std::error_code LastError() { return {errno, std::generic_category()}; }

std::pair<ErrorCode, std::string_view> Classify(std::error_code error) {
  if (error == std::errc::no_space_on_device || error == std::error_code(EDQUOT, std::generic_category())) {
    return {ErrorCode::kResourceExhausted, "DiskFull"};
  }
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted ||
      error == std::errc::read_only_file_system) {
    return {ErrorCode::kPermissionDenied, "PermissionDenied"};
  }
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    return {ErrorCode::kNotFound, "DirectoryNotFound"};
  }
  if (error == std::errc::filename_too_long || error == std::errc::is_a_directory ||
      error == std::errc::file_exists || error == std::errc::directory_not_empty) {
    return {ErrorCode::kInvalidArgument, "InvalidName"};
  }
  return {ErrorCode::kUnavailable, "InputOutputError"};
}

}  // namespace

Error FileError(std::string_view what, const std::filesystem::path& path, std::error_code error) {
  const auto [code, reason] = Classify(error);
  return {code, fmt::format("{} {}: {}", what, path.string(), error.message()), std::string(reason)};
}

Result<File> File::OpenWith(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  if (descriptor < 0) return Fail(FileError("cannot open", path, LastError()));
  return File(path, descriptor);
}

Result<File> File::Create(const std::filesystem::path& path) {
  return OpenWith(path, O_WRONLY | O_CREAT | O_TRUNC);
}
Result<File> File::Open(const std::filesystem::path& path) { return OpenWith(path, O_RDONLY); }

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string> File::Read(size_t max_bytes) {
  std::string data(max_bytes, '\0');
  size_t filled = 0;
  while (filled < max_bytes) {
    const ssize_t taken = ::read(descriptor_, data.data() + filled, max_bytes - filled);
    if (taken == 0) break;
    if (taken < 0 && errno != EINTR) return Fail(FileError("cannot read", path_, LastError()));
    filled += static_cast<size_t>(std::max<ssize_t>(taken, 0));
  }
  data.resize(filled);
  return data;
}

Status File::Write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(descriptor_, data.data(), data.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return Fail(FileError("cannot write", path_, LastError()));
    }
    data.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status File::Sync() {
  if (::fsync(descriptor_) == 0) return {};
  return Fail(FileError("cannot write", path_, LastError()));
}

Status MakeDirectory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directory(path, error);
  // Of something else that has the name.
  if (error == std::errc::file_exists) error = std::make_error_code(std::errc::not_a_directory);
  if (error) return Fail(FileError("cannot make the directory", path, error));
  return {};
}

// A link never replaces. Where the file system has none (FAT), there is a rename that does not either.
Status Publish(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  }
  const std::error_code failed = LastError();
  Error error = FileError("cannot write", to, failed);
  if (failed == std::errc::file_exists) error.code = ErrorCode::kConflict;
  return Fail(std::move(error));
}

Status RemoveTree(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return Fail(FileError("cannot remove", path, error));
  return {};
}

}  // namespace rawhaul::directory
