#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace rawhaul {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

TEST(Encoding, Base64RoundTripsAndRefusesGarbage) {
  const std::string bytes("\x00\xff\x10 any", 7);
  EXPECT_EQ(Base64Encode("any"), "YW55");
  EXPECT_EQ(Base64Encode("a"), "YQ==");
  EXPECT_EQ(Base64UrlEncode("a"), "YQ");
  EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes);
  EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
  EXPECT_FALSE(Base64Decode("YQ"));
  EXPECT_FALSE(Base64Decode("YW55!"));
}

TEST(Encoding, PercentEncodingRoundTrips) {
  EXPECT_EQ(PercentEncode("a b/ä'"), "a%20b%2F%C3%A4%27");
  EXPECT_EQ(PercentEncode("a/b", "/"), "a/b");
  EXPECT_EQ(PercentDecode("a%20b%2f"), "a b/");
  EXPECT_FALSE(PercentDecode("%2"));
  EXPECT_FALSE(PercentDecode("%zz"));
}

TEST(Encoding, FormsAreReadInOrder) {
  EXPECT_EQ(ParseForm("a=1&b=x+y%26&&c&=d"), (Fields{{"a", "1"}, {"b", "x y&"}, {"c", ""}, {"", "d"}}));
  EXPECT_EQ(ParseForm(""), Fields{});
  EXPECT_EQ(ParseForm("%24skip=0&flag&x=y=z"), (Fields{{"$skip", "0"}, {"flag", ""}, {"x", "y=z"}}));
  EXPECT_FALSE(ParseForm("a=%"));
  EXPECT_FALSE(ParseForm("%g0=1"));
  EXPECT_FALSE(ParseForm("a=%ff")) << "not UTF-8";
}

TEST(Encoding, HexAndCase) {
  EXPECT_EQ(HexEncode(std::string("\x00\xab", 2)), "00ab");
  EXPECT_EQ(ToLower("AbÄ"), "abÄ");
  EXPECT_TRUE(EqualsIgnoreCase("resourceGroups", "RESOURCEgroups"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
}

TEST(Encoding, Utf8IsCheckedAsRfc3629Says) {
  for (const char* valid : {"", "plain", "é", "漢字", "😀", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsUtf8(valid)) << valid;
  for (const char* invalid : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                              "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "a\xff"}) {
    EXPECT_FALSE(IsUtf8(invalid));
  }
}

TEST(Digest, KnownAnswers) {
  EXPECT_EQ(HexEncode(Md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(HexEncode(Sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HexEncode(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("bc");
  EXPECT_EQ(stream.FinishHex(), HexEncode(Sha256("abc")));
}

}  // namespace
}  // namespace rawhaul
