#include "base/unicode.h"

#include <gtest/gtest.h>

namespace rawhaul {
namespace {

TEST(UnicodeTest, CharactersAreCountedNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0u);
  EXPECT_EQ(CountCharacters("Fête"), 4u);
  EXPECT_EQ(CountCharacters("日本 🎉"), 4u);
}

TEST(UnicodeTest, TextsThatDifferInCaseOnlyFoldToTheSame) {
  EXPECT_EQ(FoldCase("ÉTÉ Sale"), FoldCase("été sALE"));
  EXPECT_EQ(FoldCase("ΟΔΟΣ"), FoldCase("οδος"));
  EXPECT_EQ(FoldCase("Straße"), FoldCase("STRASSE"));
  EXPECT_NE(FoldCase("ete"), FoldCase("été"));
}

TEST(UnicodeTest, AByteOrderMarkIsTakenOffOnce) {
  EXPECT_EQ(WithoutByteOrderMark("\xef\xbb\xbf{}"), "{}");
  EXPECT_EQ(WithoutByteOrderMark("\xef\xbb\xbf\xef\xbb\xbf"), "\xef\xbb\xbf");
  for (const std::string_view text : {"", "{}", "\xef\xbb", "x\xef\xbb\xbf"})
    EXPECT_EQ(WithoutByteOrderMark(text), text);
}

TEST(UnicodeTest, Utf16IsKnownByItsStart) {
  for (const std::string_view text :
       {std::string_view("\xff\xfe{\0", 4), std::string_view("\xfe\xff\0{", 4), std::string_view("{\0", 2),
        std::string_view("\0{", 2), std::string_view("\0", 1)})
    EXPECT_TRUE(LooksLikeUtf16(text));
  for (const std::string_view text : {"", "{", "{}", "\xef\xbb\xbf{}", "\xff"})
    EXPECT_FALSE(LooksLikeUtf16(text));
}

}  // namespace
}  // namespace rawhaul
