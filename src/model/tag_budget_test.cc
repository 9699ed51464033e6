#include "model/tag_budget.h"

#include <gtest/gtest.h>

#include "model/device_testing.h"

namespace rawhaul {
namespace {

bool Admits(const DevicePatch& state, const DevicePatch& change) {
  return TagBudget(state).Admit(change).has_value();
}

TEST(TagBudget, AsManyAsAreAllowedMayBeSet) {
  TagBudget budget{DevicePatch()};
  EXPECT_TRUE(budget.Admit(Tags("a", kMaxDeviceTags - 1, "x", At(0))).has_value());
  const auto refused = budget.Admit(Tags("b", 2, "x", At(1)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "TooManyTags");
  EXPECT_TRUE(budget.Admit(Tags("b", 1, "x", At(1))).has_value()) << "what was refused does not count";
  EXPECT_TRUE(budget.Admit(Tags("a", 2, "y", At(1))).has_value()) << "they are no new ones";
  EXPECT_FALSE(budget.Admit(Tags("c", 1, "x", At(1))).has_value());
}

TEST(TagBudget, TheirBytesAreLimitedToo) {
  const std::string value(1024, 'x');
  TagBudget budget(Tags("a", kMaxDeviceTagBytes / 1100, value, At(0)));
  EXPECT_FALSE(budget.Admit(Tags("b", 50, value, At(1))).has_value());
  EXPECT_TRUE(budget.Admit(Tags("b", 50, "y", At(1))).has_value());
  EXPECT_TRUE(budget.Admit(Tags("a", 50, "y", At(1))).has_value());
  EXPECT_TRUE(budget.Admit(Tags("b", 50, value, At(2))).has_value()) << "others became shorter";
}

TEST(TagBudget, WhoDeletesMaySetOthers) {
  DevicePatch change = Tags("a", 10, std::nullopt, At(1));
  change.Merge(Tags("b", 10, "x", At(1)));
  EXPECT_TRUE(Admits(Tags("a", kMaxDeviceTags, "x", At(0)), change));
}

TEST(TagBudget, WhatComesTooLateToCountIsNotCounted) {
  DevicePatch state = Tags("a", kMaxDeviceTags, "x", At(5));
  state.SetTag("a0", std::nullopt, At(6));
  TagBudget budget(state);
  EXPECT_TRUE(budget.Admit(Tags("a", 2, "x", At(1))).has_value());
  EXPECT_TRUE(budget.Admit(Tags("b", 1, "x", At(1))).has_value());
  EXPECT_FALSE(budget.Admit(Tags("c", 1, "x", At(1))).has_value());
}

TEST(TagBudget, AChangeNamesAsManyAsADeviceMayHave) {
  EXPECT_TRUE(Admits({}, Tags("a", kMaxDeviceTags, std::nullopt, At(0))));
  EXPECT_FALSE(Admits({}, Tags("a", kMaxDeviceTags + 1, std::nullopt, At(0))));
}

TEST(TagBudget, ADeviceThatHasMoreFromBeforeMayKeepThemAndGetFewer) {
  DevicePatch state;
  for (const char* prefix : {"a", "b", "c"}) state.Merge(Tags(prefix, kMaxDeviceTags, "x", At(0)));
  EXPECT_TRUE(Admits(state, Tags("a", 5, "y", At(1))));
  EXPECT_TRUE(Admits(state, Tags("b", 5, std::nullopt, At(1))));
  EXPECT_FALSE(Admits(state, Tags("d", 1, "x", At(1))));
}

}  // namespace
}  // namespace rawhaul
