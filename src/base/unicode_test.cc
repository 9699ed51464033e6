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

}  // namespace
}  // namespace rawhaul
