// Calls that give files and directories names, or take them away.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "power_loss.h"

namespace disk_faults {
namespace {

// A name, and the directory that it is in.
class Place {
 public:
  Place(int directory, const char* path) {
    const KeepErrno keep;
    std::string parent(path);
    while (parent.size() > 1 && parent.back() == '/') parent.pop_back();
    const size_t slash = parent.rfind('/');
    name_ = slash == std::string::npos ? parent : parent.substr(slash + 1);
    parent = slash == std::string::npos ? "." : parent.substr(0, slash + 1);
    if (parent.front() == '/' && !IsWatched(parent)) return;
    parent_ = std::make_unique<Fd>(RealOpen(directory, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    is_watched_ = parent_->get() >= 0 && IsWatched(parent_->get()) && ::fstat(parent_->get(), &status) == 0;
    inode_ = status.st_ino;
  }

  bool is_watched() const { return is_watched_; }
  int parent() const { return parent_->get(); }
  ino_t inode() const { return inode_; }  // of the directory
  const std::string& name() const { return name_; }

  // What the name means now.
  std::optional<struct stat> Look() const {
    const KeepErrno keep;
    struct stat status {};
    if (::fstatat(parent(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return status;
  }

  // What has this name now can come back, though it loses it. (A directory is only moved, and keeps its
  // inode.)
  OldName KeepOld() const {
    const KeepErrno keep;
    const auto old = Look();
    if (!old) return {name_, 0};
    const std::string kept = TheJournal().KeptPath(inode_, old->st_ino);
    const bool is_directory = S_ISDIR(old->st_mode);
    if (!is_directory && ::syscall(SYS_linkat, parent(), name_.c_str(), AT_FDCWD, kept.c_str(), 0) != 0 &&
        errno != EEXIST) {
      Die("cannot keep " + name_);
    }
    return {name_, old->st_ino};
  }

 private:
  std::unique_ptr<Fd> parent_;
  std::string name_;
  ino_t inode_ = 0;
  bool is_watched_ = false;
};

// `change` changes what the name means.
template <typename Change>
int ChangeName(const Place& place, const Change& change) {
  if (!place.is_watched()) return change();
  Log log(TheJournal(), place.inode());
  log.Append(DirectoryChange{.time = 0, .names = {place.KeepOld()}});
  return change();
}

// `make` makes a new file or directory of that name. It may have the inode of one that is gone, of which
// nothing that is journaled holds any more.
template <typename Make>
int MakeNew(const Place& place, const Make& make) {
  const int result = ChangeName(place, make);
  const KeepErrno keep;
  if (!place.is_watched() || result < 0) return result;
  if (const auto made = place.Look()) ::unlink(TheJournal().LogPath(made->st_ino).c_str());
  return result;
}

int OpenFile(int directory, const char* path, int flags, mode_t mode) {
  const auto open = [&] { return RealOpen(directory, path, flags, mode); };
  if ((flags & (O_CREAT | O_TRUNC)) == 0) return open();
  const Place place(directory, path);
  if (!place.is_watched()) return open();
  if (!place.Look()) return MakeNew(place, open);
  const int fd = RealOpen(directory, path, flags & ~O_TRUNC, mode);
  if (fd >= 0 && (flags & O_TRUNC) != 0 && ::ftruncate(fd, 0) != 0) Die("cannot empty a file");
  return fd;
}

// As fopen() has them.
int FlagsOf(std::string_view mode) {
  const auto has = [&](char letter) { return mode.find(letter) != std::string_view::npos; };
  return O_CREAT | (has('+') ? O_RDWR : O_WRONLY) | (has('w') ? O_TRUNC : O_APPEND) |
         (has('e') ? O_CLOEXEC : 0) | (has('x') ? O_EXCL : 0);
}

// The library's own code opens what streams write.
FILE* OpenStream(const char* path, const char* mode, FILE* (*real)(const char*, const char*)) {
  if (*mode == 'r' || !Place(AT_FDCWD, path).is_watched()) return real(path, mode);
  constexpr mode_t kAnyMode = 0666;
  const int fd = OpenFile(AT_FDCWD, path, FlagsOf(mode), kAnyMode);
  return fd < 0 ? nullptr : ::fdopen(fd, mode);
}

// An empty directory is moved to what is kept, for what was in it may have to come back.
int RemoveDirectory(const Place& place) {
  const auto old = place.Look();
  const auto is_empty = [&] {
    return std::filesystem::is_empty("/proc/self/fd/" + std::to_string(place.parent()) + "/" + place.name());
  };
  const int error = !old ? ENOENT : !S_ISDIR(old->st_mode) ? ENOTDIR : !is_empty() ? ENOTEMPTY : 0;
  errno = error;
  if (error != 0) return -1;
  return ChangeName(place, [&] {
    const std::string kept = TheJournal().KeptPath(place.inode(), old->st_ino);
    return static_cast<int>(
        ::syscall(SYS_renameat2, place.parent(), place.name().c_str(), AT_FDCWD, kept.c_str(), 0));
  });
}

template <typename Remove>
int RemoveName(const Place& place, bool is_directory, const Remove& remove) {
  return place.is_watched() && is_directory ? RemoveDirectory(place) : ChangeName(place, remove);
}

// Two names of one directory change at once. Where there are two directories, each has its own changes.
template <typename Rename>
int RenameWithin(const Place& from, const Place& to, const Rename& rename) {
  Log log(TheJournal(), from.inode());
  log.Append(DirectoryChange{.time = 0, .names = {from.KeepOld(), to.KeepOld()}});
  return rename();
}

template <typename Rename>
int RenameAny(const Place& from, const Place& to, const Rename& rename) {
  const bool is_one = from.is_watched() && to.is_watched() && from.inode() == to.inode();
  if (is_one) return RenameWithin(from, to, rename);
  const auto old = from.is_watched() ? from.Look() : std::nullopt;
  if (old && S_ISDIR(old->st_mode))
    Die("a directory is moved into another one, of which nothing is known here");
  return ChangeName(from, [&] { return ChangeName(to, rename); });
}

mode_t ModeOf(int flags, va_list& args) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

}  // namespace
}  // namespace disk_faults

using disk_faults::MakeNew;
using disk_faults::OpenFile;
using disk_faults::Place;
using disk_faults::Real;

#define REAL(name) static const auto real = Real<decltype(&::name)>(#name)
#define DEFINE_OPEN(name)                                 \
  int name(const char* path, int flags, ...) {            \
    va_list args;                                         \
    va_start(args, flags);                                \
    const mode_t mode = disk_faults::ModeOf(flags, args); \
    va_end(args);                                         \
    return OpenFile(AT_FDCWD, path, flags, mode);         \
  }
#define DEFINE_OPEN_AT(name)                                  \
  int name(int directory, const char* path, int flags, ...) { \
    va_list args;                                             \
    va_start(args, flags);                                    \
    const mode_t mode = disk_faults::ModeOf(flags, args);     \
    va_end(args);                                             \
    return OpenFile(directory, path, flags, mode);            \
  }
#define DEFINE_FOPEN(name)                            \
  FILE* name(const char* path, const char* mode) {    \
    REAL(name);                                       \
    return disk_faults::OpenStream(path, mode, real); \
  }

extern "C" {

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPEN_AT(openat)
DEFINE_OPEN_AT(openat64)
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

int creat(const char* path, mode_t mode) {
  return OpenFile(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) { return ::creat(path, mode); }

int linkat(int from_directory, const char* from, int to_directory, const char* to, int flags) noexcept {
  REAL(linkat);
  return disk_faults::ChangeName(Place(to_directory, to),
                                 [&] { return real(from_directory, from, to_directory, to, flags); });
}
int link(const char* from, const char* to) noexcept { return ::linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  REAL(mkdirat);
  return MakeNew(Place(directory, path), [&] { return real(directory, path, mode); });
}
int mkdir(const char* path, mode_t mode) noexcept { return ::mkdirat(AT_FDCWD, path, mode); }

int unlinkat(int directory, const char* path, int flags) noexcept {
  REAL(unlinkat);
  return disk_faults::RemoveName(Place(directory, path), (flags & AT_REMOVEDIR) != 0,
                                 [&] { return real(directory, path, flags); });
}
int unlink(const char* path) noexcept { return ::unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char* path) noexcept { return ::unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char* path) noexcept {
  if (::unlink(path) == 0) return 0;
  return errno == EISDIR ? ::rmdir(path) : -1;
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to,
              unsigned flags) noexcept {
  return disk_faults::RenameAny(Place(from_directory, from), Place(to_directory, to), [&] {
    return static_cast<int>(::syscall(SYS_renameat2, from_directory, from, to_directory, to, flags));
  });
}
int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return ::renameat2(from_directory, from, to_directory, to, 0);
}
int rename(const char* from, const char* to) noexcept { return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

}  // extern "C"
