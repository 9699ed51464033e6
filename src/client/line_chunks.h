// Reads lines in portions that fit into memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace rawhaul::client {

struct LineChunk {
  std::string text;         // whole lines; empty at the end of the input
  uint64_t first_line = 1;  // of the input, from 1
  uint64_t lines = 0;

  uint64_t last_line() const { return first_line + lines - 1; }
};

// Used by one thread. Keeps twice `max_bytes` in memory at most.
class LineChunks {
 public:
  // Puts up to `size` bytes to `to` and returns their number, 0 at the end.
  using Reader = std::function<Result<size_t>(char* to, size_t size)>;

  LineChunks(Reader read, size_t max_bytes) : read_(std::move(read)), max_bytes_(max_bytes) {}

  // As many lines as fit into max_bytes, without a byte order mark in front of the first. kTooLarge names a
  // line that does not fit by itself, kInvalidArgument an input that is compressed or UTF-16; other errors
  // are the reader's.
  Result<LineChunk> Next();

 private:
  Status Fill();
  Status CheckStart();

  const Reader read_;
  const size_t max_bytes_;
  std::string buffer_;  // read and not yet given out
  bool at_end_ = false;
  uint64_t next_line_ = 1;
};

}  // namespace rawhaul::client
