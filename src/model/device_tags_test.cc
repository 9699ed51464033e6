// How much of tags a device remembers, and that this does not depend on how its changes are added up.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "model/device_testing.h"
#include "model/tag_budget.h"

namespace rawhaul {
namespace {

using std::chrono::days;

DevicePatch Tag(std::string_view key, const std::optional<std::string>& value, Timestamp time) {
  DevicePatch patch;
  patch.SetTag(key, value, time);
  return patch;
}

// As a store takes changes of a device.
class RememberingDevice {
 public:
  // The change as it is stored.
  DevicePatch Take(DevicePatch change) {
    const auto forgotten = TagBudget(state_).Admit(change).value();
    for (const std::string& tag : forgotten) change.ForgetTag(tag);
    state_.Merge(change);
    state_.Settle();
    return change;
  }
  const std::string* Find(std::string_view key) const { return state_.FindTag(key); }
  std::string Encode() const { return state_.Encode(); }

 private:
  DevicePatch state_;
};

TEST(DeviceTags, DeletionsEndAMonthBeforeTheLastReport) {
  RememberingDevice device;
  device.Take(Tag("old", std::nullopt, At(0)));
  device.Take(Tag("set", "x", At(0)));
  device.Take(Tag("new", std::nullopt, At(1)));
  device.Take(Tag("now", "x", At(1) + kDeletionsRemembered));
  device.Take(Tag("old", "late", At(-1)));
  device.Take(Tag("new", "late", At(-1)));
  EXPECT_NE(device.Find("old"), nullptr) << "nobody knows any more that it was deleted";
  EXPECT_EQ(device.Find("new"), nullptr);
  EXPECT_NE(device.Find("set"), nullptr);
}

TEST(DeviceTags, ThatADeviceHasNoUserAnyMoreIsNeverForgotten) {
  RememberingDevice device;
  device.Take(Tag(kUserIdTag, std::nullopt, At(0)));
  device.Take(Tags("deleted", kMaxDeletionsRemembered, std::nullopt, At(1)));
  device.Take(Tag("now", "x", At(2) + kDeletionsRemembered));
  device.Take(Tag(kUserIdTag, "late", At(-1)));
  EXPECT_EQ(device.Find(kUserIdTag), nullptr);
}

TEST(DeviceTags, OfTooManyDeletionsTheOldestEnd) {
  RememberingDevice device;
  device.Take(Tags("old", kMaxDeletionsRemembered, std::nullopt, At(0)));
  device.Take(Tags("new", kMaxDeletionsRemembered, std::nullopt, At(1)));
  EXPECT_EQ(device.Encode(), Tags("new", kMaxDeletionsRemembered, std::nullopt, At(1)).Encode());
  device.Take(Tags("same", kMaxDeletionsRemembered, std::nullopt, At(1)));
  EXPECT_LE(device.Encode().size(), kMaxDeletionsRemembered * 20);
}

TEST(DeviceTags, WhatIsForgottenWithAChangeMayBeSetByTheNext) {
  DevicePatch sum = Tag("plan", std::nullopt, At(5));
  DevicePatch forgets;
  forgets.ForgetTag("plan");
  DevicePatch changes = forgets;
  changes.Merge(Tag("plan", "gold", At(1)));
  DevicePatch state = sum;
  state.Merge(DevicePatch::Decode(changes.Encode()).value());
  ASSERT_NE(state.FindTag("plan"), nullptr);
  state.Settle();
  EXPECT_EQ(state.Encode(), Tag("plan", "gold", At(1)).Encode());
  sum.Merge(forgets);
  sum.Settle();
  EXPECT_EQ(sum.Encode(), DevicePatch().Encode());
}

// Changes in the order of `changes`, summed up in groups of random sizes, each by itself before.
std::string SumInGroups(const std::vector<DevicePatch>& changes, std::minstd_rand& random) {
  DevicePatch state;
  for (size_t i = 0; i < changes.size();) {
    DevicePatch group;
    for (size_t left = 1 + random() % 5; left > 0 && i < changes.size(); --left) group.Merge(changes[i++]);
    // A store that adds up all that is known may do so at any time.
    state.Merge(DevicePatch::Decode(group.Encode()).value());
    if (random() % 2 == 0) state.Settle();
  }
  state.Settle();
  return state.Encode();
}

TEST(DeviceTags, HowChangesAreGroupedWhenTheyAreAddedUpMakesNoDifference) {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    RememberingDevice device;
    std::vector<DevicePatch> changes;
    for (int i = 0; i < 20; ++i) {
      DevicePatch change;
      const Timestamp time = At(0) + days(random() % 100);
      change.SetInfo("locale", std::to_string(i), time);
      for (int tag = 0; tag < 2; ++tag) {
        const bool deletes = random() % 2 == 0;
        change.SetTag(std::string(1, static_cast<char>('a' + random() % 4)),
                      deletes ? std::nullopt : std::optional(std::to_string(i)), time);
      }
      changes.push_back(device.Take(std::move(change)));
    }
    for (int i = 0; i < 5; ++i) ASSERT_EQ(SumInGroups(changes, random), device.Encode()) << round;
  }
}

}  // namespace
}  // namespace rawhaul
