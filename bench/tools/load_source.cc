#include "load_source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace rawhaul::bench {
namespace {

std::string_view Map(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0) throw std::system_error(errno, std::generic_category(), path);
  const auto size = static_cast<size_t>(status.st_size);
  void* const memory = size == 0 ? nullptr : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
  return {static_cast<const char*>(memory), size};
}

}  // namespace

BatchFile::BatchFile(const std::string& path, size_t skipped) : bytes_(Map(path)) {
  while (skipped-- > 0 && Next()) {
  }
}

BatchFile::~BatchFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

std::optional<std::string_view> BatchFile::Next() {
  if (position_ == bytes_.size()) return std::nullopt;
  const size_t end = std::min(bytes_.find('\n', position_), bytes_.size());
  const std::string_view line = bytes_.substr(position_, end - position_);
  position_ = std::min(end + 1, bytes_.size());
  return line;
}

}  // namespace rawhaul::bench
