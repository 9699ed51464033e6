#include "catalog/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using ::testing::HasSubstr;

const AppPath kGood{"sub", "group", "collection", "app"};

TEST(NamesTest, LimitsCountCharactersNotBytes) {
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "ä";
  EXPECT_TRUE(CheckName("the name", umlauts, 64));
  const auto status = CheckName("the name", umlauts + "ä", 64);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(status.error().message, "the name has 65 characters, at most 64 are allowed");
}

TEST(NamesTest, RefusesWhatCannotBeAPathSegment) {
  using namespace std::string_view_literals;
  for (const std::string_view name :
       {""sv, "a/b"sv, "/"sv, "a\nb"sv, "a\0b"sv, "a\x7f"sv, "\xff"sv, "."sv, ".."sv}) {
    const auto status = CheckName("the name", name, 64);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message, HasSubstr("the name"));
  }
}

TEST(NamesTest, TakesSpacesAndOtherPunctuation) {
  for (const std::string_view name : {"a b", "...", "a@b", "ä", "a%2Fb", "'"})
    EXPECT_TRUE(CheckName("x", name, 64)) << name;
}

TEST(NamesTest, EveryPartOfAnAppPathIsChecked) {
  EXPECT_TRUE(CheckAppPath(kGood));
  for (std::string AppPath::*part :
       {&AppPath::subscription, &AppPath::resource_group, &AppPath::collection, &AppPath::name}) {
    AppPath path = kGood;
    path.*part = "";
    EXPECT_FALSE(CheckAppPath(path));
    path.*part = "a/b";
    EXPECT_FALSE(CheckAppPath(path));
    path.*part = std::string(91, 'a');
    EXPECT_FALSE(CheckAppPath(path));
  }
}

TEST(NamesTest, AResourceGroupMayHave90CharactersTheOthers64) {
  AppPath path = kGood;
  path.resource_group = std::string(90, 'a');
  EXPECT_TRUE(CheckAppPath(path));
  path.name = std::string(65, 'a');
  EXPECT_THAT(CheckAppPath(path).error().message, HasSubstr("the app's name"));
}

TEST(NamesTest, PlatformsAreTakenInAnyCaseAndListedWhenWrong) {
  EXPECT_EQ(CheckPlatform("Android"), "android");
  EXPECT_EQ(CheckPlatform("iOS"), "ios");
  EXPECT_EQ(CheckPlatform("WINDOWS"), "windows");
  for (const std::string_view platform : {"", "symbian", "androids"}) {
    const auto refused = CheckPlatform(platform);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().message, "the platform must be one of: android, ios, windows");
  }
}

}  // namespace
}  // namespace rawhaul
