#include "format/gunzip_stream.h"

#include <gtest/gtest.h>

#include <string>

#include "base/byte_buffer.h"
#include "format/compressor.h"

namespace rawhaul {
namespace {

std::string Gzip(std::string_view plain) {
  ByteBuffer out;
  MakeCompressor(Compression::kGzip)->Compress(plain, out);
  return std::string(out.view());
}

// Fed in parts of `size` bytes.
Result<std::string> Unpack(std::string_view gzip, size_t size) {
  GunzipStream stream;
  std::string plain;
  const auto keep = [&](std::string_view part) -> Status {
    EXPECT_LE(part.size(), size_t{64} << 10);
    plain += part;
    return {};
  };
  for (size_t at = 0; at < gzip.size(); at += size) RAWHAUL_TRY(stream.Feed(gzip.substr(at, size), keep));
  RAWHAUL_TRY(stream.Finish(keep));
  return plain;
}

TEST(GunzipStream, MembersInPartsOfAnySizeAreOneText) {
  std::string large;
  for (int i = 0; large.size() < 300'000; ++i) large += std::to_string(i * 7919) + ",";
  const std::string zeros(1 << 20, '0');
  const std::string gzip = Gzip(large) + Gzip("") + Gzip("x") + Gzip(zeros);
  for (const size_t size : {size_t{1}, size_t{2}, size_t{17}, size_t{1000}, gzip.size()}) {
    EXPECT_EQ(Unpack(gzip, size), large + "x" + zeros) << size;
  }
}

TEST(GunzipStream, NothingIsNothing) { EXPECT_EQ(Unpack("", 1), ""); }

TEST(GunzipStream, WhatIsCutOrDamagedIsAnError) {
  const std::string gzip = Gzip("some text that is long enough");
  for (size_t size = 1; size < gzip.size(); ++size) {
    for (const size_t part : {size_t{1}, gzip.size()})
      EXPECT_FALSE(Unpack(gzip.substr(0, size), part)) << size;
  }
  std::string damaged = gzip;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  EXPECT_FALSE(Unpack(damaged, 1000));
  EXPECT_FALSE(Unpack("no gzip at all, but long enough to be one", 1000));
  EXPECT_FALSE(Unpack(gzip + "behind it", 1000));
}

// FHCRC of RFC 1952.
TEST(GunzipStream, AHeaderWithAChecksumOfItsOwnMayComeInParts) {
  const std::string body = Gzip("x").substr(10);
  const std::string gzip = std::string("\x1f\x8b\x08\x02\0\0\0\0\0\x03\xa7\x77", 12) + body;
  ASSERT_EQ(GunzipBounded(gzip, 10), "x");
  for (size_t size = 1; size <= gzip.size(); ++size) EXPECT_EQ(Unpack(gzip, size), "x") << size;
}

TEST(GunzipStream, AnErrorOfTheSinkEndsIt) {
  GunzipStream stream;
  const auto stop = [](std::string_view) -> Status { return Fail(ErrorCode::kCanceled, "stop"); };
  ASSERT_TRUE(stream.Feed(Gzip("x"), stop));
  EXPECT_EQ(stream.Finish(stop).error().code, ErrorCode::kCanceled);
}

}  // namespace
}  // namespace rawhaul
