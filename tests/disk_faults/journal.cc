#include "journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace disk_faults {
namespace {

int64_t Now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void Put(std::string& record, uint64_t number) {
  record.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

uint64_t Take(std::string_view& record) {
  uint64_t number = 0;
  if (record.size() < sizeof(number)) Die("a record of the journal is cut");
  std::memcpy(&number, record.data(), sizeof(number));
  record.remove_prefix(sizeof(number));
  return number;
}

std::string TakeText(std::string_view& record) {
  const size_t size = Take(record);
  if (record.size() < size) Die("a record of the journal is cut");
  std::string text(record.substr(0, size));
  record.remove_prefix(size);
  return text;
}

void ReadAt(int fd, char* data, size_t size, off_t offset) {
  while (size > 0) {
    const ssize_t count = ::pread(fd, data, size, offset);
    if (count <= 0) Die("the journal cannot be read");
    data += count;
    size -= static_cast<size_t>(count);
    offset += count;
  }
}

void WriteAt(int fd, std::string_view data, off_t offset) {
  while (!data.empty()) {
    const ssize_t count = ::pwrite(fd, data.data(), data.size(), offset);
    if (count <= 0) Die("the journal cannot be written");
    data.remove_prefix(static_cast<size_t>(count));
    offset += count;
  }
}

// A log begins with how much behind that number is whole. What was cut short by kill -9 is not counted.
uint64_t WholeSize(int fd) {
  uint64_t size = 0;
  const ssize_t count = ::pread(fd, &size, sizeof(size), 0);
  if (count != 0 && count != sizeof(size)) Die("the journal cannot be read");
  return size;
}

void SetWholeSize(int fd, uint64_t size) {
  WriteAt(fd, {reinterpret_cast<const char*>(&size), sizeof(size)}, 0);
}

}  // namespace

void Die(const std::string& why) {
  std::fprintf(stderr, "tests/disk_faults: %s (%s)\n", why.c_str(), std::strerror(errno));
  std::abort();
}

Journal::Journal(std::string directory) : directory_(std::move(directory)) {}

std::string Journal::LogPath(ino_t inode) const { return directory_ + "/" + std::to_string(inode) + ".log"; }

std::string Journal::KeptPath(ino_t parent, ino_t inode) const {
  return kept_directory() + "/" + std::to_string(parent) + "." + std::to_string(inode);
}

Log::Log(const Journal& journal, ino_t inode)
    : fd_(::open(journal.LogPath(inode).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (fd_ < 0) Die("cannot open " + journal.LogPath(inode));
  while (::flock(fd_, LOCK_EX) != 0) {
    if (errno != EINTR) Die("cannot lock " + journal.LogPath(inode));
  }
}

Log::~Log() { ::close(fd_); }

void Log::AppendRecord(const std::string& record) {
  const uint64_t whole = WholeSize(fd_);
  std::string framed;
  Put(framed, record.size());
  framed += record;
  WriteAt(fd_, framed, static_cast<off_t>(sizeof(whole) + whole));
  SetWholeSize(fd_, whole + framed.size());
}

void Log::Append(const FileChange& change) {
  std::string record;
  for (const uint64_t number : {static_cast<uint64_t>(Now()), change.offset, change.length, change.old_size,
                                change.old_data.size()}) {
    Put(record, number);
  }
  AppendRecord(record + change.old_data);
}

void Log::Append(const DirectoryChange& change) {
  std::string record;
  Put(record, static_cast<uint64_t>(Now()));
  for (const OldName& old : change.names) {
    Put(record, old.inode);
    Put(record, old.name.size());
    record += old.name;
  }
  AppendRecord(record);
}

std::vector<std::string> Log::Records() const {
  std::string all(WholeSize(fd_), '\0');
  ReadAt(fd_, all.data(), all.size(), sizeof(uint64_t));
  std::vector<std::string> records;
  for (std::string_view rest = all; !rest.empty();) records.push_back(TakeText(rest));
  return records;
}

std::vector<FileChange> Log::FileChanges() const {
  std::vector<FileChange> changes;
  for (const std::string& record : Records()) {
    std::string_view rest = record;
    FileChange& change = changes.emplace_back();
    change.time = static_cast<int64_t>(Take(rest));
    change.offset = Take(rest);
    change.length = Take(rest);
    change.old_size = Take(rest);
    change.old_data = TakeText(rest);
  }
  return changes;
}

std::vector<DirectoryChange> Log::DirectoryChanges() const {
  std::vector<DirectoryChange> changes;
  for (const std::string& record : Records()) {
    std::string_view rest = record;
    DirectoryChange& change = changes.emplace_back();
    change.time = static_cast<int64_t>(Take(rest));
    while (!rest.empty()) {
      const ino_t inode = Take(rest);
      change.names.push_back({TakeText(rest), inode});
    }
  }
  return changes;
}

void Log::Clear() {
  SetWholeSize(fd_, 0);
  if (::ftruncate(fd_, sizeof(uint64_t)) != 0) Die("the journal cannot be cut");
}

void ForgetKept(const Journal& journal, ino_t inode, Log& log) {
  const std::vector<DirectoryChange> changes = log.DirectoryChanges();
  log.Clear();
  for (const DirectoryChange& change : changes) {
    for (const OldName& old : change.names) {
      const std::string kept = journal.KeptPath(inode, old.inode);
      struct stat status {};
      if (old.inode == 0 || ::lstat(kept.c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        Log its_log(journal, old.inode);
        ForgetKept(journal, old.inode, its_log);
      }
      const bool is_last = S_ISDIR(status.st_mode) || status.st_nlink == 1;
      if (is_last) ::unlink(journal.LogPath(old.inode).c_str());
      if ((S_ISDIR(status.st_mode) ? ::rmdir(kept.c_str()) : ::unlink(kept.c_str())) != 0) {
        Die("cannot forget " + kept);
      }
    }
  }
}

}  // namespace disk_faults
