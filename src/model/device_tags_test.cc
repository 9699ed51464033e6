// How much of tags a device remembers.
#include <gtest/gtest.h>

#include <string>

#include "model/tag_budget.h"

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

TEST(DeviceTags, ThoseOfBeforeThereWasALimitAreKept) {
  DevicePatch state;
  for (const char* prefix : {"a", "b", "c"}) state.Merge(Tags(prefix, kMaxDeviceTags, "x", At(0)));
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

TEST(DeviceTags, ThatADeviceHasNoUserAnyMoreIsNeverForgotten) {
  DevicePatch state = Tags("new", kMaxDeletionsRemembered, std::nullopt, At(1));
  state.SetTag(kUserIdTag, std::nullopt, At(0));
  state.Seen(At(2) + kDeletionsRemembered);
  state.ForgetDeletions();
  state.SetTag(kUserIdTag, "late", At(-1));
  EXPECT_EQ(state.FindTag(kUserIdTag), nullptr);
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
