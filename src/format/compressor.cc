#include "format/compressor.h"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <vector>

namespace rawhaul {
namespace {

tl::unexpected<Error> Damaged() {
  return Fail(ErrorCode::kDataLoss, "what was compressed in memory cannot be unpacked");
}

class NoCompressor final : public Compressor {
 public:
  void Compress(std::string_view plain, ByteBuffer& out) override { out.Append(plain); }
  Status Decompress(std::string_view packed, size_t size, ByteBuffer& out) override {
    if (packed.size() != size) return Damaged();
    out.Append(packed);
    return {};
  }
};

class GzipCompressor final : public Compressor {
 public:
  GzipCompressor() : level_buffer_(ISAL_DEF_LVL1_DEFAULT) {}

  void Compress(std::string_view plain, ByteBuffer& out) override {
    do {  // once for an empty part, too: its member is what makes a file of it
      const std::string_view member = plain.substr(0, kMaxMemberBytes);
      plain.remove_prefix(member.size());
      CompressMember(member, out);
    } while (!plain.empty());
  }

  Status Decompress(std::string_view packed, size_t size, ByteBuffer& out) override {
    const auto plain = GunzipBounded(packed, size);
    if (!plain || plain->size() != size) return Damaged();
    out.Append(*plain);
    return {};
  }

 private:
  // ISA-L counts in 32 bits.
  static constexpr size_t kMaxMemberBytes = size_t{1} << 30;

  // Where it cannot compress, ISA-L stores blocks of up to 65,535 bytes with a head of 5.
  static size_t Bound(size_t bytes) { return bytes + 5 * (bytes / 65535 + 1) + 64; }

  void CompressMember(std::string_view plain, ByteBuffer& out) {
    const size_t bound = Bound(plain.size());
    isal_zstream stream;
    isal_deflate_stateless_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.level = 1;  // 2 and 3 are slower and gain at most 3 per cent on exported events
    stream.level_buf = level_buffer_.data();
    stream.level_buf_size = static_cast<uint32_t>(level_buffer_.size());
    stream.end_of_stream = 1;
    stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uint32_t>(plain.size());
    char* const to = out.Claim(bound);
    stream.next_out = reinterpret_cast<uint8_t*>(to);
    stream.avail_out = static_cast<uint32_t>(bound);
    if (isal_deflate_stateless(&stream) != COMP_OK) throw std::bad_alloc();
    out.Commit(to + stream.total_out);
  }

  std::vector<uint8_t> level_buffer_;
};

// One frame a call, with the size of its content and a checksum of it.
class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  void Compress(std::string_view plain, ByteBuffer& out) override {
    const size_t bound = ZSTD_compressBound(plain.size());
    char* const to = out.Claim(bound);
    const size_t size = ZSTD_compress2(context_.get(), to, bound, plain.data(), plain.size());
    if (ZSTD_isError(size)) throw std::bad_alloc();  // with room enough there is nothing else that can fail
    out.Commit(to + size);
  }

  Status Decompress(std::string_view packed, size_t size, ByteBuffer& out) override {
    char* const to = out.Claim(size);
    if (ZSTD_decompress(to, size, packed.data(), packed.size()) != size) return Damaged();
    out.Commit(to + size);
    return {};
  }

 private:
  // Level 3 is a third slower and its output of exported events no smaller.
  static constexpr int kLevel = 1;

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Compressor> MakeCompressor(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<GzipCompressor>();
    case Compression::kZstd:
      return std::make_unique<ZstdCompressor>();
    case Compression::kNone:
      break;
  }
  return std::make_unique<NoCompressor>();
}

std::string_view FileSuffix(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return ".gz";
    case Compression::kZstd:
      return ".zst";
    case Compression::kNone:
      break;
  }
  return "";
}

}  // namespace rawhaul
