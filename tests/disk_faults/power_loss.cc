#include "power_loss.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace disk_faults {
namespace {

// Each ends with a slash.
std::vector<std::string> ReadRoots() {
  std::vector<std::string> roots;
  const char* value = std::getenv("RAWHAUL_POWER_DIRECTORIES");
  std::string_view rest = value == nullptr ? "" : value;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) roots.push_back(std::string(rest.substr(0, end)) + "/");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return roots;
}

}  // namespace

int RealOpen(int directory, const char* path, int flags, mode_t mode) {
  static const auto real = Real<int (*)(int, const char*, int, mode_t)>("openat");
  return real(directory, path, flags, mode);
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

// Neither this nor the list of roots is ever destroyed: threads write until the very end.
const Journal& TheJournal() {
  static const Journal* const journal = [] {
    const char* directory = std::getenv("RAWHAUL_POWER_JOURNAL");
    if (directory == nullptr) Die("RAWHAUL_POWER_JOURNAL is not set");
    return new Journal(directory);
  }();
  return *journal;
}

bool IsWatched(std::string path) {
  static const auto* const roots = new std::vector<std::string>(ReadRoots());
  path += "/";
  const auto is_below = [&](const std::string& root) { return path.compare(0, root.size(), root) == 0; };
  return std::any_of(roots->begin(), roots->end(), is_below);
}

bool IsWatched(int fd) {
  const KeepErrno keep;
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof(path));
  return size > 0 && IsWatched(std::string(path, static_cast<size_t>(size)));
}

}  // namespace disk_faults
