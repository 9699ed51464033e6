#include "format/compressor.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <random>

namespace rawhaul {
namespace {

std::string Random(size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string Repetitive(size_t size) {
  std::string text;
  while (text.size() < size)
    text += R"({"name":"open","timestamp":"2016-04-26T09:30:00.518Z","n":)" + std::to_string(text.size()) +
            "},\n";
  text.resize(size);
  return text;
}

std::string Pack(Compressor& compressor, std::string_view plain) {
  ByteBuffer out;
  compressor.Compress(plain, out);
  return std::string(out.view());
}

// zlib's reading of one gzip member off the front of `gzip`.
std::string TakeMemberWithZlib(std::string_view& gzip, size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  gzip.remove_prefix(gzip.size() - stream.avail_in);
  inflateEnd(&stream);
  return out;
}

TEST(Compressor, NoneIsTheSame) { EXPECT_EQ(Pack(*MakeCompressor(Compression::kNone), "text"), "text"); }

TEST(Compressor, FileSuffixes) {
  EXPECT_EQ(FileSuffix(Compression::kNone), "");
  EXPECT_EQ(FileSuffix(Compression::kGzip), ".gz");
  EXPECT_EQ(FileSuffix(Compression::kZstd), ".zst");
}

TEST(Compressor, GzipPartsBehindEachOtherAreOneFile) {
  const auto compressor = MakeCompressor(Compression::kGzip);
  const std::string parts[] = {Repetitive(300000), "", "a", Random(200000), Random(65536), Repetitive(10)};
  std::string file;
  std::string plain;
  for (const std::string& part : parts) {
    file += Pack(*compressor, part);
    plain += part;
  }
  EXPECT_EQ(GunzipBounded(file, plain.size()), plain);
  std::string_view rest = file;
  for (const std::string& part : parts) EXPECT_EQ(TakeMemberWithZlib(rest, part.size()), part);
  EXPECT_TRUE(rest.empty());
}

TEST(Compressor, GzipMakesRepetitiveTextSmallAndRandomBytesHardlyLarger) {
  const auto compressor = MakeCompressor(Compression::kGzip);
  EXPECT_LT(Pack(*compressor, Repetitive(1 << 20)).size(), size_t{1} << 17);
  EXPECT_LT(Pack(*compressor, Random(1 << 20)).size(), (size_t{1} << 20) + 1024);
}

TEST(Compressor, ZstdPartsAreFramesWithSizeAndChecksum) {
  const auto compressor = MakeCompressor(Compression::kZstd);
  const std::string parts[] = {Repetitive(300000), "", Random(100000), "a"};
  std::string file;
  std::string plain;
  for (const std::string& part : parts) {
    const std::string frame = Pack(*compressor, part);
    EXPECT_EQ(ZSTD_getFrameContentSize(frame.data(), frame.size()), part.size());
    EXPECT_NE(frame[4] & 4, 0) << "the flag of the checksum";
    file += frame;
    plain += part;
  }
  std::string out(plain.size(), '\0');
  EXPECT_EQ(ZSTD_decompress(out.data(), out.size(), file.data(), file.size()), plain.size());
  EXPECT_EQ(out, plain);
}

TEST(Compressor, UnpacksWhatItPacked) {
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    const auto compressor = MakeCompressor(compression);
    for (const std::string& plain : {std::string(), Repetitive(300000), Random(70000)}) {
      const std::string packed = Pack(*compressor, plain);
      ByteBuffer out("before");
      ASSERT_TRUE(compressor->Decompress(packed, plain.size(), out));
      EXPECT_EQ(out.view(), "before" + plain);
      for (const size_t wrong : {plain.size() + 1, plain.size() / 2}) {
        if (wrong == plain.size()) continue;
        EXPECT_EQ(compressor->Decompress(packed, wrong, out).error().code, ErrorCode::kDataLoss);
        EXPECT_EQ(out.view(), "before" + plain);
      }
    }
  }
}

TEST(Compressor, TakesNoMoreMemoryThanItsOutput) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string packed = Pack(*MakeCompressor(compression), Repetitive(1 << 20));
    EXPECT_LE(packed.capacity(), 2 * packed.size());
  }
}

}  // namespace
}  // namespace rawhaul
