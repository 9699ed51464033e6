#include "exporter/segment.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/mutex.h"
#include "format/compressor.h"

namespace rawhaul {
namespace {

// Large enough for compression to find its repetitions.
constexpr uint64_t kSegmentBytes = uint64_t{1} << 20;
// A segment ends behind the batch with which it reaches its size.
constexpr uint64_t kUsualOvershoot = 64 << 10;
constexpr uint64_t kBufferBytes = kSegmentBytes + kUsualOvershoot;
// No more than this is encoded of a piece at a time, before compression.
constexpr uint64_t kPartBytes = 8 * kSegmentBytes;

// A quarter of a file at most, so that files are filled well.
size_t SegmentTarget(const ExportRequest& request) {
  return std::min(kSegmentBytes, request.max_file_bytes / 4);
}

// Compressors keep large tables, so every thread keeps its own.
Compressor& ThreadCompressor(Compression compression) {
  thread_local std::array<std::unique_ptr<Compressor>, 3> compressors;
  auto& compressor = compressors.at(static_cast<size_t>(compression));
  if (!compressor) compressor = MakeCompressor(compression);
  return *compressor;
}

// Buffers that segments are done with. Thread-safe.
class BufferPool {
 public:
  ByteBuffer Take() {
    ByteBuffer buffer;
    {
      const MutexLock lock(mutex_);
      if (!idle_.empty()) {
        buffer = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    buffer.Claim(kBufferBytes);
    return buffer;
  }

  void Give(ByteBuffer buffer) {
    if (buffer.capacity() < kSegmentBytes || buffer.capacity() > 2 * kSegmentBytes) return;
    buffer.Truncate(0);
    const MutexLock lock(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(buffer));
  }

 private:
  static constexpr size_t kMaxIdle = 64;

  Mutex mutex_;
  std::vector<ByteBuffer> idle_ RAWHAUL_GUARDED_BY(mutex_);
};

BufferPool& Buffers() {
  static BufferPool pool;
  return pool;
}

// `plain` as it will stand in the file. Segments wait in queues by the thousand, so what fills less than half
// of its buffer is copied out of it, and so are compressed bytes out of a buffer of the worst case.
ByteBuffer Pack(ByteBuffer plain, Compression compression) {
  if (compression == Compression::kNone && plain.size() > plain.capacity() / 2) return plain;
  thread_local ByteBuffer packed;
  std::string_view bytes = plain.view();
  if (compression != Compression::kNone) {
    packed.Truncate(0);
    ThreadCompressor(compression).Compress(bytes, packed);
    bytes = packed.view();
  }
  ByteBuffer own(bytes);
  Buffers().Give(std::move(plain));
  return own;
}

}  // namespace

// The last segment of a part has a buffer as large as the others.
uint64_t MemoryOf(const ExportSource& source, size_t piece) {
  return std::min(source.EstimateBytes(piece), kPartBytes) + kBufferBytes;
}

void FileBytes::Replace(ByteBuffer bytes) { Buffers().Give(std::exchange(bytes_, std::move(bytes))); }

Result<std::unique_ptr<PieceReader>> OpenPiece(const ExportSource& source, size_t piece,
                                               ByteBudget::Lease& memory) {
  RAWHAUL_ASSIGN(auto reader, source.Open(piece));
  reader->Hold(memory.Split(source.StateBytes(piece)));
  return reader;
}

FileBytes::~FileBytes() { Buffers().Give(std::move(bytes_)); }

Result<EncodedPart> EncodePart(std::unique_ptr<PieceReader> reader, const ExportRequest& request,
                               ByteBudget::Lease memory, std::stop_token stop) {
  const size_t target = SegmentTarget(request);
  EncodedPart part;
  uint64_t plain_bytes = 0;
  while (plain_bytes < kPartBytes) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "stopped");
    if (!part.segments.empty() && !memory.TryGrowTo(kBufferBytes)) break;
    ByteBuffer plain = Buffers().Take();
    RAWHAUL_ASSIGN(const Encoded encoded, reader->Fill(plain, target));
    const uint64_t bytes = plain.size();
    if (bytes == 0) {
      Buffers().Give(std::move(plain));
    } else {
      ByteBuffer packed = Pack(std::move(plain), request.compression);
      auto lease = memory.Split(packed.capacity());
      part.segments.push_back(
          {FileBytes(std::move(packed), std::move(lease)), bytes, encoded, reader->position()});
      plain_bytes += bytes;
    }
    if (reader->paused()) break;
    if (bytes == 0) return part;
  }
  part.share = reader->share();
  part.rest = std::move(reader);
  return part;
}

}  // namespace rawhaul
