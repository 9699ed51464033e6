// What a disk that loses power would not hold yet: for each file and directory that was changed since it was
// synced, how it was before each change. Kept in files, so it outlives `kill -9` of whoever made the changes.
//
//   DIRECTORY/INODE.log          changes of that file or directory, a Log
//   DIRECTORY/kept/PARENT.INODE  what had a name in the directory PARENT when that was synced, and has lost
//   it
//
// A file and the journal must be on one file system. Errors of the journal itself end the process: a test
// could not be believed after one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace disk_faults {

// Prints why and aborts.
[[noreturn]] void Die(const std::string& why);

// A range of a file was changed, or its size.
struct FileChange {
  int64_t time = 0;       // CLOCK_MONOTONIC, ns: orders the changes of all files
  uint64_t offset = 0;    // of the range
  uint64_t length = 0;    // what lies behind `old_size` was zeros
  uint64_t old_size = 0;  // of the file
  std::string old_data;   // as much of the range as was within the file
};

// What a name meant before a change.
struct OldName {
  std::string name;
  ino_t inode = 0;  // 0: it was not there
};

// Names of a directory were changed, all at once.
struct DirectoryChange {
  int64_t time = 0;
  std::vector<OldName> names;  // that of what moved stands before that of its target
};

class Journal {
 public:
  explicit Journal(std::string directory);

  std::string LogPath(ino_t inode) const;
  // Where something is kept that had a name in `parent`.
  std::string KeptPath(ino_t parent, ino_t inode) const;
  const std::string& directory() const { return directory_; }
  std::string kept_directory() const { return directory_ + "/kept"; }

 private:
  std::string directory_;
};

// The changes of one file or directory. Locked for all threads and processes as long as the object lives.
class Log {
 public:
  Log(const Journal& journal, ino_t inode);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // The time of the change is set here.
  void Append(const FileChange& change);
  void Append(const DirectoryChange& change);
  std::vector<FileChange> FileChanges() const;
  std::vector<DirectoryChange> DirectoryChanges() const;
  // Everything is synced.
  void Clear();

 private:
  void AppendRecord(const std::string& record);
  std::vector<std::string> Records() const;

  int fd_;
};

// The directory `inode` is synced: what it no longer names is no longer kept.
void ForgetKept(const Journal& journal, ino_t inode, Log& log);

}  // namespace disk_faults
