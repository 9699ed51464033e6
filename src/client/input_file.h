// A file, or standard input, read in a way that Ctrl-C can end.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace rawhaul::client {

class InputFile {
 public:
  // "-" is standard input, which must not be opened twice. kInternal names the file and the system's reason.
  static Result<InputFile> Open(const std::string& name);

  // nullopt for what is no regular file.
  std::optional<uint64_t> size() const { return size_; }

  // As LineChunks::Reader; kCanceled soon after `stop`, also while nothing comes.
  Result<size_t> Read(char* to, size_t size, const std::stop_token& stop);

 private:
  InputFile(std::string name, FileDescriptor file, std::optional<uint64_t> size)
      : name_(std::move(name)), file_(std::move(file)), size_(size) {}

  std::string name_;
  FileDescriptor file_;
  std::optional<uint64_t> size_;
};

}  // namespace rawhaul::client
