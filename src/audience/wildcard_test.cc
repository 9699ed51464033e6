#include "audience/wildcard.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

TEST(Wildcards, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(MatchesWildcards("te?t", "test"));
  EXPECT_TRUE(MatchesWildcards("te?t", "text"));
  EXPECT_FALSE(MatchesWildcards("te?t", "tet"));
  EXPECT_FALSE(MatchesWildcards("te?t", "teest"));
  EXPECT_TRUE(MatchesWildcards("M?nchen", "München")) << "of two bytes";
  EXPECT_FALSE(MatchesWildcards("M??nchen", "München"));
}

TEST(Wildcards, AStarIsAnyNumberOfCharacters) {
  EXPECT_TRUE(MatchesWildcards("HTC *", "HTC Magic"));
  EXPECT_TRUE(MatchesWildcards("HTC *", "HTC "));
  EXPECT_FALSE(MatchesWildcards("HTC *", "HTC"));
  EXPECT_TRUE(MatchesWildcards("*", ""));
  EXPECT_TRUE(MatchesWildcards("*ab*c", "xabyabzc"));
  EXPECT_FALSE(MatchesWildcards("*ab*c", "xabyabz"));
  EXPECT_TRUE(MatchesWildcards("a*?b", "aüb"));
  EXPECT_FALSE(MatchesWildcards("a*?b", "ab"));
}

TEST(Wildcards, WithoutThemAllMustBeTheSame) {
  EXPECT_TRUE(MatchesWildcards("gold", "gold"));
  EXPECT_FALSE(MatchesWildcards("gold", "Gold"));
  EXPECT_FALSE(MatchesWildcards("gold", "golden"));
  EXPECT_FALSE(MatchesWildcards("golden", "gold"));
  EXPECT_TRUE(MatchesWildcards("", ""));
  EXPECT_FALSE(MatchesWildcards("", "x"));
}

TEST(Wildcards, ManyStarsDoNotTakeForEver) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesWildcards(pattern + "b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace rawhaul
