// Of compressed bodies: what is unpacked is what zlib makes of it, and never more than the limit.
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>

#include "format/compressor.h"
#include "format/gunzip_stream.h"
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

// The same in parts of some bytes; nullopt when it is refused. Longer than kMaxBytes where it ended for that.
std::optional<std::string> UnpackInParts(std::string_view gzip) {
  rawhaul::GunzipStream stream;
  std::string out;
  const auto keep = [&](std::string_view part) -> rawhaul::Status {
    out += part;
    if (out.size() <= kMaxBytes) return {};
    return rawhaul::Fail(rawhaul::ErrorCode::kTooLarge, "enough");
  };
  bool good = true;
  const size_t size = gzip.size() % 7 + 1;
  for (size_t at = 0; good && at < gzip.size(); at += size)
    good = stream.Feed(gzip.substr(at, size), keep).has_value();
  good = good && stream.Finish(keep).has_value();
  return good || out.size() > kMaxBytes ? std::optional(out) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view gzip = rawhaul::fuzz::AsText(data, size);
  const auto ours = rawhaul::GunzipBounded(gzip, kMaxBytes);
  const auto theirs = ZlibGunzip(gzip);
  const auto in_parts = gzip.empty() ? std::nullopt : UnpackInParts(gzip);
  Require(!ours || in_parts == *ours, "in parts the same is unpacked");
  Require(ours || !in_parts || in_parts->size() > kMaxBytes,
          "what is refused as a whole is refused in parts");
  if (ours) {
    Require(ours->size() <= kMaxBytes, "the limit is kept");
    // ISA-L does not mind header flags that have no meaning yet; zlib does.
    Require(!theirs || *theirs == *ours, "what is unpacked is what zlib unpacks");
  } else if (ours.error().code != rawhaul::ErrorCode::kTooLarge) {
    Require(!theirs || theirs->size() > kMaxBytes, "what zlib unpacks is not refused");
  }
  return 0;
}
