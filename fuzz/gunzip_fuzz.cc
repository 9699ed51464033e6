// Of compressed bodies: what is unpacked is what zlib makes of it, and never more than the limit.
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>

#include "format/compressor.h"
#include "property.h"

namespace {

using rawhaul::fuzz::Require;

constexpr size_t kMaxBytes = 64 << 10;

// One or more gzip members; nullopt when zlib does not take it. At most kMaxBytes + 1 bytes.
std::optional<std::string> ZlibGunzip(std::string_view gzip) {
  std::string out(kMaxBytes + 1, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int status = Z_OK;
  do {
    status = inflate(&stream, Z_FINISH);
  } while (status == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK);
  out.resize(out.size() - stream.avail_out);
  const bool is_full = out.size() > kMaxBytes;
  inflateEnd(&stream);
  if (status != Z_STREAM_END && !is_full) return std::nullopt;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view gzip = rawhaul::fuzz::AsText(data, size);
  const auto ours = rawhaul::GunzipBounded(gzip, kMaxBytes);
  const auto theirs = ZlibGunzip(gzip);
  if (ours) {
    Require(ours->size() <= kMaxBytes, "the limit is kept");
    // ISA-L does not mind header flags that have no meaning yet; zlib does.
    Require(!theirs || *theirs == *ours, "what is unpacked is what zlib unpacks");
  } else if (ours.error().code != rawhaul::ErrorCode::kTooLarge) {
    Require(!theirs || theirs->size() > kMaxBytes, "what zlib unpacks is not refused");
  }
  return 0;
}
