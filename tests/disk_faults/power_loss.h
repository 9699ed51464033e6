// A disk that can lose power, without root: with LD_PRELOAD this library stands before the calls of the C
// library that change files, and journals what they change (journal.h) until it is synced. cut_power then
// makes of the disk what a power cut would leave.
//
//   RAWHAUL_POWER_DIRECTORIES  below them the disk is; absolute paths without links, with ':' between them
//   RAWHAUL_POWER_JOURNAL      the journal's directory, elsewhere, but on the same file system
//
// A promise is what POSIX makes one: fsync and fdatasync of a file, O_SYNC and O_DSYNC, keep its content;
// fsync of a directory keeps its names; sync_file_range keeps nothing. What is stored through a writable
// mapping is lost back to the moment of the mapping: neither RocksDB nor SQLite nor Rawhaul relies on msync.
// Not seen, and therefore kept, are writes through a FILE (RocksDB's LOG) and the names of sockets.
#pragma once

#include <dlfcn.h>
#include <sys/types.h>

#include <cerrno>
#include <string>

#include "journal.h"

namespace disk_faults {

// What `name` is without this library.
template <typename Function>
Function Real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int RealOpen(int directory, const char* path, int flags, mode_t mode = 0);

// Closes the descriptor; none when negative.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// At its end errno is what it was at its beginning.
class KeepErrno {
 public:
  KeepErrno() = default;
  ~KeepErrno() { errno = saved_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int saved_ = errno;
};

const Journal& TheJournal();

// Whether it is on the disk that may lose power.
bool IsWatched(std::string path);
bool IsWatched(int fd);

}  // namespace disk_faults
