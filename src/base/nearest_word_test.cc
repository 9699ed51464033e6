#include "base/nearest_word.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace rawhaul {
namespace {

constexpr std::array<std::string_view, 4> kWords{"compression", "containerUrl", "description", "lang"};

TEST(NearestWord, IsThatOfTheFewestChanges) {
  EXPECT_EQ(NearestWord("compresion", kWords), "compression");
  EXPECT_EQ(NearestWord("COMPRESSION", kWords), "compression");
  EXPECT_EQ(NearestWord("container_url", kWords), "containerUrl");
  EXPECT_EQ(NearestWord("desciption", kWords), "description");
  EXPECT_EQ(NearestWord("lagn", kWords), "lang");
}

TEST(NearestWord, IsNoneWhereNothingIsLikeIt) {
  for (const std::string& word : {std::string("colour"), std::string(), std::string(1000, 'c')})
    EXPECT_EQ(NearestWord(word, kWords), "") << word;
  EXPECT_EQ(NearestWord("x", {}), "");
}

}  // namespace
}  // namespace rawhaul
