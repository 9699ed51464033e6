#include "format/compressor.h"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <vector>

namespace rawhaul {
namespace {

class NoCompressor final : public Compressor {
 public:
  std::string Compress(std::string plain) override { return plain; }
};

// The output is gathered in a buffer of the worst case that stays, and returned in a string of its true size:
// parts wait in queues that count their bytes.
class OutputBuffer {
 public:
  char* Claim(size_t bytes) {
    if (capacity_ < bytes) {
      data_ = std::make_unique_for_overwrite<char[]>(bytes);
      capacity_ = bytes;
    }
    return data_.get();
  }

 private:
  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
};

class GzipCompressor final : public Compressor {
 public:
  GzipCompressor() : level_buffer_(ISAL_DEF_LVL1_DEFAULT) {}

  std::string Compress(std::string plain) override {
    std::string out;
    std::string_view rest = plain;
    do {  // once for an empty part, too: its member is what makes a file of it
      const std::string_view member = rest.substr(0, kMaxMemberBytes);
      rest.remove_prefix(member.size());
      out += CompressMember(member);
    } while (!rest.empty());
    return out;
  }

 private:
  // ISA-L counts in 32 bits.
  static constexpr size_t kMaxMemberBytes = size_t{1} << 30;

  // Where it cannot compress, ISA-L stores blocks of up to 65,535 bytes with a head of 5.
  static size_t Bound(size_t bytes) { return bytes + 5 * (bytes / 65535 + 1) + 64; }

  std::string_view CompressMember(std::string_view plain) {
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
    char* const out = buffer_.Claim(bound);
    stream.next_out = reinterpret_cast<uint8_t*>(out);
    stream.avail_out = static_cast<uint32_t>(bound);
    if (isal_deflate_stateless(&stream) != COMP_OK) throw std::bad_alloc();
    return {out, stream.total_out};
  }

  std::vector<uint8_t> level_buffer_;
  OutputBuffer buffer_;
};

// One frame a call, with the size of its content and a checksum of it.
class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  std::string Compress(std::string plain) override {
    const size_t bound = ZSTD_compressBound(plain.size());
    char* const out = buffer_.Claim(bound);
    const size_t size = ZSTD_compress2(context_.get(), out, bound, plain.data(), plain.size());
    if (ZSTD_isError(size)) throw std::bad_alloc();  // with room enough there is nothing else that can fail
    return std::string(out, size);
  }

 private:
  // Level 3 is a third slower and its output of exported events no smaller.
  static constexpr int kLevel = 1;

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  OutputBuffer buffer_;
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
