#include "exporter/segment.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "format/compressor.h"

namespace rawhaul {
namespace {

// Large enough for compression to find its repetitions.
constexpr uint64_t kSegmentBytes = uint64_t{1} << 20;

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

}  // namespace

Result<EncodedPiece> EncodePiece(const ExportSource& source, size_t piece, const ExportRequest& request,
                                 std::stop_token stop) {
  RAWHAUL_ASSIGN(const auto reader, source.Open(piece));
  const size_t target = SegmentTarget(request);
  EncodedPiece out;
  for (;;) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "stopped");
    std::string plain;
    RAWHAUL_ASSIGN(const Encoded encoded, reader->Fill(plain, target));
    if (plain.empty()) return out;
    const uint64_t plain_bytes = plain.size();
    std::string bytes = ThreadCompressor(request.compression).Compress(std::move(plain));
    out.segments.push_back({std::move(bytes), plain_bytes, encoded});
  }
}

}  // namespace rawhaul
