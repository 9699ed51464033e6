// cut_power JOURNAL lost|prefix|torn SEED DIRECTORY...
//
// Makes of the disk of these directories what a power cut would leave (power_loss.h); nobody may use it
// meanwhile.
//   lost    all that was not synced is gone
//   prefix  the disk wrote in order, and came to some moment
//   torn    of each sector of a file, and of its size, any state that it had since it was synced; of each
//   directory
//           its state at some moment
// SEED draws what is open. Prints how many changes there were, and of how many files and directories.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "journal.h"

namespace disk_faults {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSector = 512;

enum class Mode { kLost, kPrefix, kTorn };

struct Opened {
  int fd = -1;
  bool is_directory = false;
};

using Inodes = std::map<ino_t, Opened>;

Mode ReadMode(std::string_view text) {
  if (text == "lost") return Mode::kLost;
  if (text == "prefix") return Mode::kPrefix;
  if (text != "torn") Die("the mode is lost, prefix or torn");
  return Mode::kTorn;
}

// Descriptors, since names change while changes are undone.
void OpenChanged(const Journal& journal, const fs::path& path, Inodes& inodes) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) return;
  const bool is_directory = S_ISDIR(status.st_mode);
  if (!fs::exists(journal.LogPath(status.st_ino)) || inodes.contains(status.st_ino)) return;
  const int fd = ::open(path.c_str(), is_directory ? O_RDONLY | O_DIRECTORY : O_RDWR);
  if (fd < 0) Die("cannot open " + path.string());
  inodes[status.st_ino] = {fd, is_directory};
}

Inodes FindChanged(const Journal& journal, std::vector<fs::path> roots) {
  Inodes inodes;
  roots.emplace_back(journal.kept_directory());
  for (const fs::path& root : roots) {
    OpenChanged(journal, root, inodes);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      OpenChanged(journal, entry.path(), inodes);
    }
  }
  return inodes;
}

// ---- Content

// Before the first change a file has version 0, behind the last of n it has version n.
class FileImage {
 public:
  explicit FileImage(int fd) : fd_(fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) Die("cannot look at a file");
    data_.resize(static_cast<size_t>(status.st_size));
    if (::pread(fd, data_.data(), data_.size(), 0) != static_cast<ssize_t>(data_.size())) Die("cannot read");
    size_ = data_.size();
  }

  // `version_of` gives the version that each sector is to have; to be called from the last change to the
  // first.
  template <typename VersionOf>
  void Undo(const FileChange& change, size_t version, const VersionOf& version_of) {
    data_.resize(std::max<size_t>(data_.size(), change.old_size));
    const uint64_t end = std::min<uint64_t>(change.offset + change.length, data_.size());
    for (uint64_t from = change.offset; from < end;) {
      const uint64_t sector = from / kSector;
      const uint64_t to = std::min(end, (sector + 1) * kSector);
      if (version_of(sector) <= version) UndoRange(change, from, to);
      from = to;
    }
  }

  void Resize(uint64_t size) { size_ = size; }

  void Write() {
    data_.resize(size_);
    if (::pwrite(fd_, data_.data(), size_, 0) != static_cast<ssize_t>(size_) ||
        ::ftruncate(fd_, static_cast<off_t>(size_)) != 0 || ::fsync(fd_) != 0) {
      Die("cannot write what is left of a file");
    }
  }

 private:
  void UndoRange(const FileChange& change, uint64_t from, uint64_t to) {
    for (uint64_t at = from; at < to; ++at) {
      const uint64_t i = at - change.offset;
      data_[at] = i < change.old_data.size() ? change.old_data[i] : '\0';
    }
  }

  int fd_;
  std::string data_;
  uint64_t size_ = 0;
};

// A number below `count` that looks random and is the same for the same arguments (splitmix64).
size_t Draw(uint64_t seed, ino_t inode, uint64_t sector, size_t count) {
  uint64_t mixed = seed;
  for (const uint64_t part : {static_cast<uint64_t>(inode), sector}) {
    mixed += 0x9e3779b97f4a7c15 ^ part;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
  }
  return mixed % count;
}

template <typename VersionOf>
void RestoreFile(int fd, const std::vector<FileChange>& changes, const VersionOf& version_of,
                 size_t size_version) {
  FileImage image(fd);
  for (size_t version = changes.size(); version-- > 0;) {
    image.Undo(changes[version], version, version_of);
    if (size_version <= version) image.Resize(changes[version].old_size);
  }
  image.Write();
}

// ---- Names

fs::path PathIn(int directory, const std::string& name) {
  return fs::path("/proc/self/fd/" + std::to_string(directory)) / name;
}

// The name that `inode` has in the directory; none: empty.
std::string NameOf(int directory, ino_t inode) {
  for (const fs::directory_entry& entry : fs::directory_iterator(PathIn(directory, "."))) {
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) == 0 && status.st_ino == inode) return entry.path().filename();
  }
  return "";
}

void Restore(const Journal& journal, int directory, ino_t parent, const OldName& old) {
  struct stat status {};
  const bool exists = ::fstatat(directory, old.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && status.st_ino == old.inode) return;
  // What was a directory's name before it was moved is given back first, so that it is not removed with its
  // new one.
  if (exists) fs::remove_all(PathIn(directory, old.name));
  if (old.inode == 0) return;
  const std::string kept = journal.KeptPath(parent, old.inode);
  if (::lstat(kept.c_str(), &status) != 0) {
    const std::string moved = NameOf(directory, old.inode);
    if (moved.empty() || ::renameat(directory, moved.c_str(), directory, old.name.c_str()) != 0) {
      Die("nothing is left of " + old.name);
    }
  } else if (S_ISDIR(status.st_mode)) {
    if (::renameat(AT_FDCWD, kept.c_str(), directory, old.name.c_str()) != 0)
      Die("cannot put back " + old.name);
  } else if (::linkat(AT_FDCWD, kept.c_str(), directory, old.name.c_str(), 0) != 0) {
    Die("cannot put back " + old.name);
  }
}

void RestoreDirectory(const Journal& journal, int directory, ino_t inode,
                      const std::vector<DirectoryChange>& changes, size_t kept_changes) {
  struct stat status {};
  if (::fstat(directory, &status) != 0 || status.st_nlink == 0) return;  // removed meanwhile
  for (size_t i = changes.size(); i-- > kept_changes;) {
    for (const OldName& old : changes[i].names) Restore(journal, directory, inode, old);
  }
}

// ---- All of it

// How many of the changes are not later than `moment`.
template <typename Change>
size_t CountUpTo(int64_t moment, const std::vector<Change>& changes) {
  return static_cast<size_t>(std::count_if(changes.begin(), changes.end(),
                                           [&](const Change& change) { return change.time <= moment; }));
}

struct Changes {
  std::map<ino_t, std::vector<FileChange>> files;
  std::map<ino_t, std::vector<DirectoryChange>> directories;
  std::vector<int64_t> times;
};

template <typename Change>
void Collect(ino_t inode, std::vector<Change> changes, std::map<ino_t, std::vector<Change>>& all,
             std::vector<int64_t>& times) {
  if (changes.empty()) return;
  for (const Change& change : changes) times.push_back(change.time);
  all[inode] = std::move(changes);
}

Changes ReadChanges(const Journal& journal, const Inodes& inodes) {
  Changes all;
  for (const auto& [inode, opened] : inodes) {
    const Log log(journal, inode);
    if (opened.is_directory) {
      Collect(inode, log.DirectoryChanges(), all.directories, all.times);
    } else {
      Collect(inode, log.FileChanges(), all.files, all.times);
    }
  }
  std::sort(all.times.begin(), all.times.end());
  return all;
}

class Cut {
 public:
  Cut(Mode mode, uint64_t seed, const std::vector<int64_t>& times) : mode_(mode), seed_(seed) {
    const size_t place = mode == Mode::kPrefix ? Draw(seed, 0, 0, times.size() + 1) : 0;
    moment_ = place == 0 ? 0 : times[place - 1];
  }

  template <typename Change>
  size_t VersionOf(ino_t inode, uint64_t sector, const std::vector<Change>& changes) const {
    return mode_ == Mode::kTorn ? Draw(seed_, inode, sector, changes.size() + 1)
                                : CountUpTo(moment_, changes);
  }

 private:
  Mode mode_;
  uint64_t seed_;
  int64_t moment_ = 0;
};

void RestoreFiles(const Inodes& inodes, const Changes& changes, const Cut& cut) {
  for (const auto& [inode, list] : changes.files) {
    const auto version_of = [&, inode = inode, &list = list](uint64_t sector) {
      return cut.VersionOf(inode, sector, list);
    };
    RestoreFile(inodes.at(inode).fd, list, version_of, version_of(UINT64_MAX));
  }
}

void RestoreDirectories(const Journal& journal, const Inodes& inodes, const Changes& changes,
                        const Cut& cut) {
  for (const auto& [inode, list] : changes.directories) {
    RestoreDirectory(journal, inodes.at(inode).fd, inode, list, cut.VersionOf(inode, UINT64_MAX, list));
  }
}

void ClearJournal(const Journal& journal) {
  fs::remove_all(journal.directory());
  fs::create_directories(journal.kept_directory());
}

int Main(int argc, char** argv) {
  if (argc < 5) Die("usage: cut_power JOURNAL lost|prefix|torn SEED DIRECTORY...");
  const Journal journal(argv[1]);
  const Inodes inodes = FindChanged(journal, std::vector<fs::path>(argv + 4, argv + argc));
  const Changes changes = ReadChanges(journal, inodes);
  const Cut cut(ReadMode(argv[2]), std::strtoull(argv[3], nullptr, 10), changes.times);
  RestoreFiles(inodes, changes, cut);
  RestoreDirectories(journal, inodes, changes, cut);
  ClearJournal(journal);
  std::printf("{\"changes\":%zu,\"files\":%zu,\"directories\":%zu}\n", changes.times.size(),
              changes.files.size(), changes.directories.size());
  return 0;
}

}  // namespace
}  // namespace disk_faults

int main(int argc, char** argv) {
  try {
    return disk_faults::Main(argc, argv);
  } catch (const std::exception& exception) {
    disk_faults::Die(exception.what());
  }
}
