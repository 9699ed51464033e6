// The batches that are sent: the lines of a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rawhaul::bench {

// Maps the file, so that a line is sent from the page cache without a copy of ours.
class BatchFile {
 public:
  // Starts behind `skipped` lines. Throws std::system_error when the file cannot be read.
  BatchFile(const std::string& path, size_t skipped);
  ~BatchFile();
  BatchFile(const BatchFile&) = delete;
  BatchFile& operator=(const BatchFile&) = delete;

  // Good as long as this lives; nullopt at the end.
  std::optional<std::string_view> Next();

 private:
  std::string_view bytes_;
  size_t position_ = 0;
};

}  // namespace rawhaul::bench
