// Compression of exported files, in parts that stand for themselves: gzip members and zstd frames. Parts that
// are compressed apart and put one behind the other are one valid file, so parts can be compressed in
// parallel.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "model/export_task.h"

namespace rawhaul {

// Used by one thread at a time; make one per thread and keep it, since its tables are large.
class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends the compressed form of `plain`, complete in itself; for Compression::kNone, `plain`.
  virtual void Compress(std::string_view plain, ByteBuffer& out) = 0;
  // Appends what `packed`, made by Compress, was made of: `size` bytes. kDataLoss when it was not.
  virtual Status Decompress(std::string_view packed, size_t size, ByteBuffer& out) = 0;
};
std::unique_ptr<Compressor> MakeCompressor(Compression compression);

// ".gz", ".zst" or "".
std::string_view FileSuffix(Compression compression);

// Unpacks a gzip body (one or more members). kTooLarge as soon as the output passes `max_bytes`,
// kInvalidArgument when it is no gzip or ends too early.
Result<std::string> GunzipBounded(std::string_view gzip, size_t max_bytes);

}  // namespace rawhaul
