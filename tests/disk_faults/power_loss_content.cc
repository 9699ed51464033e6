// Calls that change or sync what is in files.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>

#include "power_loss.h"

namespace disk_faults {
namespace {

// The status of a file whose changes are journaled.
std::optional<struct stat> WatchedFile(int fd) {
  const KeepErrno keep;
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink == 0) return std::nullopt;
  if (!IsWatched(fd)) return std::nullopt;
  return status;
}

// Another descriptor is opened only where this one does not read: closing it ends the process's locks on the
// file.
std::string ReadRange(int fd, uint64_t offset, uint64_t length) {
  std::string data(length, '\0');
  if (length == 0) return data;
  const bool is_write_only = (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const Fd reopened(is_write_only ? RealOpen(AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC) : -1);
  const int source = is_write_only ? reopened.get() : fd;
  if (::pread(source, data.data(), length, static_cast<off_t>(offset)) != static_cast<ssize_t>(length)) {
    Die("cannot read what is overwritten");
  }
  return data;
}

void JournalRange(int fd, uint64_t offset, uint64_t length, Log& log) {
  const KeepErrno keep;
  struct stat status {};
  if (::fstat(fd, &status) != 0) Die("cannot look at a file");
  const auto size = static_cast<uint64_t>(status.st_size);
  const uint64_t end = std::min(size, offset + length);
  const uint64_t old_length = end > offset ? end - offset : 0;
  log.Append(FileChange{.time = 0,
                        .offset = offset,
                        .length = length,
                        .old_size = size,
                        .old_data = ReadRange(fd, offset, old_length)});
}

// `change` changes a range. Other changes and syncs of the file wait meanwhile.
template <typename Change>
auto ChangeRange(int fd, uint64_t offset, uint64_t length, const Change& change) {
  const auto file = WatchedFile(fd);
  if (!file) return change();
  Log log(TheJournal(), file->st_ino);
  JournalRange(fd, offset, length, log);
  const auto result = change();
  const KeepErrno keep;
  if ((::fcntl(fd, F_GETFL) & O_DSYNC) != 0) log.Clear();
  return result;
}

// Where the next write without an offset goes.
uint64_t Position(int fd) {
  const KeepErrno keep;
  struct stat status {};
  if ((::fcntl(fd, F_GETFL) & O_APPEND) != 0 && ::fstat(fd, &status) == 0) {
    return static_cast<uint64_t>(status.st_size);
  }
  return static_cast<uint64_t>(std::max<off_t>(0, ::lseek(fd, 0, SEEK_CUR)));
}

uint64_t SizeOf(const iovec* parts, int count) {
  uint64_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// The range between the old and the new end is changed.
template <typename Change>
int Resize(int fd, off_t size, const Change& change) {
  const auto file = WatchedFile(fd);
  const off_t old_size = file ? file->st_size : size;
  const auto [low, high] = std::minmax(size, old_size);
  return ChangeRange(fd, static_cast<uint64_t>(low), static_cast<uint64_t>(high - low), change);
}

template <typename Change>
int Allocate(int fd, int mode, off_t offset, off_t size, const Change& change) {
  if (mode == FALLOC_FL_KEEP_SIZE) return change();  // nobody sees it
  return ChangeRange(fd, static_cast<uint64_t>(offset), static_cast<uint64_t>(size), change);
}

int Sync(int fd, int (*real)(int)) {
  struct stat status {};
  if (!IsWatched(fd) || ::fstat(fd, &status) != 0) return real(fd);
  Log log(TheJournal(), status.st_ino);
  const int result = real(fd);
  if (result == 0 && S_ISREG(status.st_mode)) log.Clear();
  if (result == 0 && S_ISDIR(status.st_mode)) ForgetKept(TheJournal(), status.st_ino, log);
  return result;
}

}  // namespace
}  // namespace disk_faults

using disk_faults::Allocate;
using disk_faults::ChangeRange;
using disk_faults::Position;
using disk_faults::Real;
using disk_faults::Resize;
using disk_faults::SizeOf;

// `call` is made of the function's own name without this library, `real`.
#define REAL(name) static const auto real = Real<decltype(&::name)>(#name)

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  REAL(write);
  return ChangeRange(fd, Position(fd), size, [&] { return real(fd, data, size); });
}
ssize_t writev(int fd, const iovec* parts, int count) {
  REAL(writev);
  return ChangeRange(fd, Position(fd), SizeOf(parts, count), [&] { return real(fd, parts, count); });
}

#define DEFINE_PWRITE(name, offset_type)                                    \
  ssize_t name(int fd, const void* data, size_t size, offset_type offset) { \
    REAL(name);                                                             \
    const auto change = [&] { return real(fd, data, size, offset); };       \
    return ChangeRange(fd, static_cast<uint64_t>(offset), size, change);    \
  }
#define DEFINE_PWRITEV(name, offset_type)                                                \
  ssize_t name(int fd, const iovec* parts, int count, offset_type offset) {              \
    REAL(name);                                                                          \
    const auto change = [&] { return real(fd, parts, count, offset); };                  \
    return ChangeRange(fd, static_cast<uint64_t>(offset), SizeOf(parts, count), change); \
  }
#define DEFINE_FTRUNCATE(name, offset_type)                  \
  int name(int fd, offset_type size) noexcept {              \
    REAL(name);                                              \
    return Resize(fd, size, [&] { return real(fd, size); }); \
  }
#define DEFINE_FALLOCATE(name, offset_type)                                                \
  int name(int fd, int mode, offset_type offset, offset_type size) {                       \
    REAL(name);                                                                            \
    return Allocate(fd, mode, offset, size, [&] { return real(fd, mode, offset, size); }); \
  }
#define DEFINE_POSIX_FALLOCATE(name, offset_type)                                 \
  int name(int fd, offset_type offset, offset_type size) {                        \
    REAL(name);                                                                   \
    return Allocate(fd, 0, offset, size, [&] { return real(fd, offset, size); }); \
  }
#define DEFINE_SENDFILE(name, offset_type)                                                    \
  ssize_t name(int to, int from, offset_type* offset, size_t size) noexcept {                 \
    REAL(name);                                                                               \
    return ChangeRange(to, Position(to), size, [&] { return real(to, from, offset, size); }); \
  }

DEFINE_PWRITE(pwrite, off_t)
DEFINE_PWRITE(pwrite64, off64_t)
DEFINE_PWRITEV(pwritev, off_t)
DEFINE_PWRITEV(pwritev64, off64_t)
DEFINE_FTRUNCATE(ftruncate, off_t)
DEFINE_FTRUNCATE(ftruncate64, off64_t)
DEFINE_FALLOCATE(fallocate, off_t)
DEFINE_FALLOCATE(fallocate64, off64_t)
DEFINE_POSIX_FALLOCATE(posix_fallocate, off_t)
DEFINE_POSIX_FALLOCATE(posix_fallocate64, off64_t)
DEFINE_SENDFILE(sendfile, off_t)
DEFINE_SENDFILE(sendfile64, off64_t)

ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t size,
                        unsigned flags) {
  REAL(copy_file_range);
  const uint64_t offset = to_offset == nullptr ? Position(to) : static_cast<uint64_t>(*to_offset);
  return ChangeRange(to, offset, size, [&] { return real(from, from_offset, to, to_offset, size, flags); });
}

int truncate(const char* path, off_t size) noexcept {
  const disk_faults::Fd fd(disk_faults::RealOpen(AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  return fd.get() < 0 ? -1 : ::ftruncate(fd.get(), size);
}
int truncate64(const char* path, off64_t size) noexcept { return ::truncate(path, size); }

int fsync(int fd) {
  REAL(fsync);
  return disk_faults::Sync(fd, real);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return disk_faults::Sync(fd, real);
}

// What is stored there later is not seen, so the file is taken to be changed now. Not with dlsym(), which may
// itself map memory.
void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t offset) noexcept {
  const auto map = [&] { return ::syscall(SYS_mmap, address, size, protection, flags, fd, offset); };
  const bool changes = fd >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the system call gives a number
  return reinterpret_cast<void*>(changes ? ChangeRange(fd, static_cast<uint64_t>(offset), size, map) : map());
}
void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  return ::mmap64(address, size, protection, flags, fd, offset);
}

}  // extern "C"
