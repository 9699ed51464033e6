// A disk that fails when a test says so, without root: with LD_PRELOAD it stands before the calls of the C
// library that write.
//
//   RAWHAUL_FAULTY_DIRECTORY  below it calls fail; an absolute path without links
//   RAWHAUL_FAULT_FILE        while this file holds ENOSPC, EIO or EROFS, with that error; it is elsewhere
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using Open = int (*)(int, const char*, int, mode_t);

// What `name` is without this library.
template <typename Function>
Function Real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// 0: none.
int CurrentFault() {
  static const std::string file = Setting("RAWHAUL_FAULT_FILE");
  static const auto real_open = Real<Open>("openat");
  const int fd = real_open(AT_FDCWD, file.c_str(), O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  char text[16] = {};
  const ssize_t size = ::read(fd, text, sizeof(text) - 1);
  ::close(fd);
  const std::string_view fault(text, size > 0 ? static_cast<size_t>(size) : 0);
  if (fault == "ENOSPC") return ENOSPC;
  if (fault == "EIO") return EIO;
  return fault == "EROFS" ? EROFS : 0;
}

bool IsBelow(std::string_view path) {
  static const std::string directory = Setting("RAWHAUL_FAULTY_DIRECTORY") + "/";
  return directory.size() > 1 && path.substr(0, directory.size()) == directory;
}

bool IsBelow(int fd) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof(path));
  return size > 0 && IsBelow(std::string_view(path, static_cast<size_t>(size)));
}

// Whether the call is to fail; errno says how.
bool Fails(bool is_below) {
  const int saved = errno;
  const int fault = is_below ? CurrentFault() : 0;
  errno = fault == 0 ? saved : fault;
  return fault != 0;
}

template <typename Function, typename... Args>
auto OnFile(const char* name, int fd, Args... args) {
  const auto real = Real<Function>(name);
  using Result = decltype(real(fd, args...));
  return Fails(IsBelow(fd)) ? static_cast<Result>(-1) : real(fd, args...);
}

// Only a file that is to be made cannot be opened.
int OpenFile(int directory, const char* path, int flags, mode_t mode) {
  const bool is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
  if (Fails(is_new && IsBelow(path))) return -1;
  return Real<Open>("openat")(directory, path, flags, mode);
}

mode_t ModeOf(int flags, va_list& args) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

}  // namespace

#define DEFINE_OPEN(name)                         \
  int name(const char* path, int flags, ...) {    \
    va_list args;                                 \
    va_start(args, flags);                        \
    const mode_t mode = ModeOf(flags, args);      \
    va_end(args);                                 \
    return OpenFile(AT_FDCWD, path, flags, mode); \
  }
#define DEFINE_OPEN_AT(name)                                  \
  int name(int directory, const char* path, int flags, ...) { \
    va_list args;                                             \
    va_start(args, flags);                                    \
    const mode_t mode = ModeOf(flags, args);                  \
    va_end(args);                                             \
    return OpenFile(directory, path, flags, mode);            \
  }

extern "C" {

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPEN_AT(openat)
DEFINE_OPEN_AT(openat64)

ssize_t write(int fd, const void* data, size_t size) {
  return OnFile<decltype(&::write)>("write", fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return OnFile<decltype(&::pwrite)>("pwrite", fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return OnFile<decltype(&::pwrite64)>("pwrite64", fd, data, size, offset);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  return OnFile<decltype(&::writev)>("writev", fd, parts, count);
}
ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  return OnFile<decltype(&::pwritev)>("pwritev", fd, parts, count, offset);
}
int fsync(int fd) { return OnFile<decltype(&::fsync)>("fsync", fd); }
int fdatasync(int fd) { return OnFile<decltype(&::fdatasync)>("fdatasync", fd); }
// Without flags it writes nothing: so RocksDB asks whether there is such a call, and takes no other answer.
int sync_file_range(int fd, off64_t offset, off64_t size, unsigned flags) {
  if (flags == 0) return Real<decltype(&::sync_file_range)>("sync_file_range")(fd, offset, size, flags);
  return OnFile<decltype(&::sync_file_range)>("sync_file_range", fd, offset, size, flags);
}
int fallocate(int fd, int mode, off_t offset, off_t size) {
  return OnFile<decltype(&::fallocate)>("fallocate", fd, mode, offset, size);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t size) {
  return OnFile<decltype(&::fallocate64)>("fallocate64", fd, mode, offset, size);
}
// This one returns the error.
int posix_fallocate(int fd, off_t offset, off_t size) {
  if (Fails(IsBelow(fd))) return errno;
  return Real<decltype(&::posix_fallocate)>("posix_fallocate")(fd, offset, size);
}
int ftruncate(int fd, off_t size) noexcept { return OnFile<decltype(&::ftruncate)>("ftruncate", fd, size); }
int ftruncate64(int fd, off64_t size) noexcept {
  return OnFile<decltype(&::ftruncate64)>("ftruncate64", fd, size);
}

}  // extern "C"
