#include "model/json_members.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <string>

namespace rawhaul {
namespace {

using Form = JsonShape::Within::Form;

constexpr std::array<std::string_view, 2> kLeafMembers{"title", "lang"};
constexpr JsonShape kLeaf{kLeafMembers};
constexpr std::array<std::string_view, 4> kMembers{"compression", "options", "questions", "localization"};
constexpr std::array<JsonShape::Within, 3> kWithin{{{"options", Form::kObject, &kLeaf},
                                                    {"questions", Form::kElements, &kLeaf},
                                                    {"localization", Form::kEntries, &kLeaf}}};
constexpr JsonShape kShape{kMembers, kWithin};

std::string Check(std::string_view text) {
  const Status status = CheckMembers(boost::json::parse(text).as_object(), kShape);
  return status ? "fine" : status.error().reason + " " + status.error().message;
}

TEST(JsonMembers, KnownOnesAreFineWhateverTheyAre) {
  for (
      const std::string_view text :
      {"{}",
       R"({"compression":null,"options":{"title":1},"questions":[{"lang":[]},7],"localization":{"fr":{"title":""},"x":1}})",
       R"({"options":[],"questions":{},"localization":[{"what":1}]})"}) {
    EXPECT_EQ(Check(text), "fine") << text;
  }
}

TEST(JsonMembers, AnUnknownOneIsNamedWithItsPlaceAndTheNearest) {
  EXPECT_EQ(Check(R"({"compresion":"Gzip"})"),
            "UnknownMember There is no member compresion; compression is probably meant.");
  EXPECT_EQ(
      Check(R"({"colour":1})"),
      "UnknownMember There is no member colour; there may be compression, options, questions, localization.");
  EXPECT_EQ(Check(R"({"options":{"titel":1}})"),
            "UnknownMember There is no member options.titel; options.title is probably meant.");
  EXPECT_EQ(Check(R"({"questions":[{},{"Lang":1}]})"),
            "UnknownMember There is no member questions[1].Lang; questions[1].lang is probably meant.");
  EXPECT_EQ(
      Check(R"({"localization":{"fr":{"titl":1}}})"),
      "UnknownMember There is no member localization.fr.titl; localization.fr.title is probably meant.");
}

}  // namespace
}  // namespace rawhaul
