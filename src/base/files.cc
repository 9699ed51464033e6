#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPartBytes = size_t{1} << 20;

Status WriteAll(int fd, const fs::path& file, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return SystemError("cannot write", file);
    data.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

FileDescriptor CreateNew(const fs::path& file) {
  return FileDescriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

// What `take` has got when it has got all of the file.
Result<FileDigest> DigestWhileReading(const fs::path& file,
                                      const std::function<Status(std::string_view)>& take) {
  Sha256Stream hash;
  FileDigest digest;
  RAWHAUL_TRY(ReadFileParts(file, [&](std::string_view part) -> Status {
    hash.Update(part);
    digest.bytes += part.size();
    return take(part);
  }));
  digest.sha256 = hash.FinishHex();
  return digest;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<ScopedDirectory> ScopedDirectory::Make(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return SystemError("cannot make the directory", path);
  return ScopedDirectory(path);
}

ScopedDirectory::~ScopedDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

tl::unexpected<Error> SystemError(std::string_view what, const fs::path& path) {
  const int error = errno;
  return Fail(ErrorCode::kInternal, fmt::format("{} {}: {}", what, path.string(), std::strerror(error)));
}

Status ReadFileParts(const fs::path& file, const std::function<Status(std::string_view)>& take) {
  const FileDescriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.is_open()) return SystemError("cannot read", file);
  std::string part(kPartBytes, '\0');
  for (;;) {
    const ssize_t size = ::read(in.get(), part.data(), part.size());
    if (size == 0) return {};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError("cannot read", file);
    RAWHAUL_TRY(take(std::string_view(part).substr(0, static_cast<size_t>(size))));
  }
}

Status WriteNewFile(const fs::path& file, std::string_view text) {
  const FileDescriptor out = CreateNew(file);
  if (!out.is_open()) return SystemError("cannot create", file);
  RAWHAUL_TRY(WriteAll(out.get(), file, text));
  if (::fsync(out.get()) != 0) return SystemError("cannot sync", file);
  return {};
}

Status SyncDirectory(const fs::path& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return SystemError("cannot sync the directory", directory);
  return {};
}

Status SyncName(const fs::path& path) {
  fs::path name = fs::absolute(path).lexically_normal();
  if (!name.has_filename()) name = name.parent_path();  // "data/"
  return SyncDirectory(name.parent_path());
}

Result<FileDigest> DigestFile(const fs::path& file) {
  return DigestWhileReading(file, [](std::string_view) { return Status(); });
}

Result<FileDigest> CopyToNewFile(const fs::path& from, const fs::path& to) {
  const FileDescriptor out = CreateNew(to);
  if (!out.is_open()) return SystemError("cannot create", to);
  RAWHAUL_ASSIGN(FileDigest digest, DigestWhileReading(from, [&](std::string_view part) {
                   return WriteAll(out.get(), to, part);
                 }));
  if (::fsync(out.get()) != 0) return SystemError("cannot sync", to);
  return digest;
}

}  // namespace rawhaul
