// How much of tags a device keeps.
#include <gtest/gtest.h>

#include <string>

#include "model/device.h"

namespace rawhaul {
namespace {

using std::chrono::days;
using std::chrono::seconds;

Timestamp At(int second) { return FromMillis(1'461'663'000'000) + seconds(second); }

// Tags "a0", "a1"… set to `value`.
DevicePatch Tags(const std::string& prefix, size_t count, const std::optional<std::string>& value,
                 Timestamp time) {
  DevicePatch patch;
  for (size_t i = 0; i < count; ++i) patch.SetTag(prefix + std::to_string(i), value, time);
  return patch;
}

size_t SizeAfterForgetting(DevicePatch& state) {
  state.ForgetDeletions();
  return state.Encode().size();
}

TEST(DeviceTags, AsManyAsAreAllowedMayBeSet) {
  DevicePatch state = Tags("a", kMaxDeviceTags - 1, "x", At(0));
  EXPECT_TRUE(DevicePatch().CheckTags(state).has_value());
  EXPECT_TRUE(state.CheckTags(Tags("b", 1, "x", At(1))).has_value());
  const Status refused = state.CheckTags(Tags("b", 2, "x", At(1)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "TooManyTags");
  EXPECT_TRUE(state.CheckTags(Tags("a", 2, "y", At(1))).has_value()) << "they are no new ones";
}

TEST(DeviceTags, TheirBytesAreLimitedToo) {
  const std::string value(1024, 'x');
  DevicePatch state = Tags("a", kMaxDeviceTagBytes / 1100, value, At(0));
  EXPECT_TRUE(DevicePatch().CheckTags(state).has_value());
  EXPECT_FALSE(state.CheckTags(Tags("b", 50, value, At(1))).has_value());
  EXPECT_TRUE(state.CheckTags(Tags("b", 50, "y", At(1))).has_value());
}

TEST(DeviceTags, WhoDeletesMaySetOthers) {
  DevicePatch state = Tags("a", kMaxDeviceTags, "x", At(0));
  DevicePatch change = Tags("a", 10, std::nullopt, At(1));
  change.Merge(Tags("b", 10, "x", At(1)));
  EXPECT_TRUE(state.CheckTags(change).has_value());
}

TEST(DeviceTags, WhatComesTooLateToCountIsNotCounted) {
  DevicePatch state = Tags("a", kMaxDeviceTags, "x", At(5));
  state.SetTag("a0", std::nullopt, At(6));
  DevicePatch late = Tags("a", 2, "x", At(1));
  EXPECT_TRUE(state.CheckTags(late).has_value());
}

TEST(DeviceTags, AChangeNamesAsManyAsADeviceMayHave) {
  EXPECT_TRUE(DevicePatch().CheckTags(Tags("a", kMaxDeviceTags, std::nullopt, At(0))).has_value());
  EXPECT_FALSE(DevicePatch().CheckTags(Tags("a", kMaxDeviceTags + 1, std::nullopt, At(0))).has_value());
}

TEST(DeviceTags, ADeviceThatHasMoreFromBeforeMayKeepThemAndGetFewer) {
  DevicePatch state;
  for (const char* prefix : {"a", "b", "c"}) state.Merge(Tags(prefix, kMaxDeviceTags, "x", At(0)));
  EXPECT_TRUE(state.CheckTags(Tags("a", 5, "y", At(1))).has_value());
  EXPECT_TRUE(state.CheckTags(Tags("b", 5, std::nullopt, At(1))).has_value());
  EXPECT_FALSE(state.CheckTags(Tags("d", 1, "x", At(1))).has_value());
  const size_t before = state.Encode().size();
  EXPECT_EQ(SizeAfterForgetting(state), before);
}

TEST(DeviceTags, DeletionsEndAMonthBeforeTheLastReport) {
  DevicePatch state = Tags("old", 1, std::nullopt, At(0));
  state.SetTag("set", "x", At(0));
  state.SetTag("new", std::nullopt, At(1));
  state.Seen(At(1) + kDeletionsRemembered);
  state.ForgetDeletions();
  state.Merge(Tags("old", 1, "late", At(-1)));
  state.SetTag("new", "late", At(-1));
  EXPECT_NE(state.FindTag("old0"), nullptr) << "nobody knows any more that it was deleted";
  EXPECT_EQ(state.FindTag("new"), nullptr);
  EXPECT_NE(state.FindTag("set"), nullptr);
}

TEST(DeviceTags, OfTooManyDeletionsTheOldestEnd) {
  DevicePatch state = Tags("old", kMaxDeletionsRemembered, std::nullopt, At(0));
  state.Merge(Tags("new", kMaxDeletionsRemembered, std::nullopt, At(1)));
  state.ForgetDeletions();
  DevicePatch only_new = Tags("new", kMaxDeletionsRemembered, std::nullopt, At(1));
  EXPECT_EQ(state.Encode(), only_new.Encode());
  state = Tags("same", 5 * kMaxDeletionsRemembered, std::nullopt, At(0));
  EXPECT_LE(SizeAfterForgetting(state), kMaxDeletionsRemembered * 20);
}

}  // namespace
}  // namespace rawhaul
