#include "model/device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/encoding.h"
#include "model/device_testing.h"

namespace rawhaul {
namespace {

Guid DeviceId() { return *ParseGuid("00112233445566778899aabbccddeeff"); }

Device ToDevice(const DevicePatch& patch) { return patch.ToDevice(DeviceId()); }

DevicePatch FullPatch() {
  DevicePatch patch;
  patch.Seen(At(1));
  patch.Seen(At(9));
  patch.SetInfo("phoneModel", "Pixel, \"9\"", At(2));
  patch.SetInfo("androidAPILevel", "23", At(3));
  patch.SetLocation("countrycode", "nl", At(4));
  patch.SetTag("plan", "gold", At(5));
  patch.SetTag("old", std::nullopt, At(5));
  patch.SetTag("", "tag without a name", At(5));
  patch.SetToken(PushToken{"fcm", std::string("a\0b", 3)}, At(6));
  patch.SetNativePushEnabled(true, At(7));
  patch.SetExternalId("anonymous-1", At(8));
  return patch;
}

void ExpectFull(const Device& device) {
  EXPECT_EQ(device.id, DeviceId());
  EXPECT_EQ(device.first_seen, At(1));
  EXPECT_EQ(device.last_seen, At(9));
  EXPECT_EQ(device.last_info, At(3));
  EXPECT_EQ(device.last_location, At(4));
  EXPECT_EQ(device.info, (FieldValues{{"androidAPILevel", "23"}, {"phoneModel", "Pixel, \"9\""}}));
  EXPECT_EQ(device.location, (FieldValues{{"countrycode", "nl"}}));
  EXPECT_EQ(device.tags, (std::map<std::string, std::string>{{"plan", "gold"}, {"", "tag without a name"}}));
  EXPECT_EQ(device.token, (PushToken{"fcm", std::string("a\0b", 3)}));
  EXPECT_EQ(device.native_push_enabled, true);
  EXPECT_EQ(device.external_id, "anonymous-1");
}

TEST(DevicePatch, BecomesADevice) { ExpectFull(ToDevice(FullPatch())); }

TEST(DevicePatch, AnEmptyOneBecomesADeviceOfWhichNothingIsKnown) {
  const Device device = ToDevice(DevicePatch());
  EXPECT_EQ(device.first_seen, Timestamp());
  EXPECT_FALSE(device.last_info || device.last_location || device.native_push_enabled || device.external_id);
  EXPECT_FALSE(device.token || device.user_id());
  EXPECT_TRUE(device.info_id().IsZero());
  EXPECT_TRUE(device.location_id().IsZero());
}

TEST(DevicePatch, RoundTripsThroughItsEncoding) {
  for (const DevicePatch& patch : {FullPatch(), DevicePatch()}) {
    const auto decoded = DevicePatch::Decode(patch.Encode());
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(decoded->Encode(), patch.Encode());
  }
  ExpectFull(ToDevice(*DevicePatch::Decode(FullPatch().Encode())));
}

TEST(DevicePatch, ADeviceOfAWindowHasWhatWasModifiedInIt) {
  DevicePatch patch;
  patch.Seen(At(1));
  patch.Seen(At(9));
  patch.SetTag("early", "e", At(2));
  patch.SetTag("late", "l", At(5));
  patch.SetNativePushEnabled(true, At(4));
  patch.SetInfo("locale", "de", At(3));
  patch.SetInfo("phoneModel", "Pixel", At(6));
  patch.SetLocation("region", "Paris", At(4));
  const Device device = patch.ToDevice(Guid{}, {At(3), At(5)});
  EXPECT_EQ(device.tags, (std::map<std::string, std::string>{{"late", "l"}}));
  EXPECT_EQ(device.first_seen, Timestamp());
  EXPECT_EQ(device.last_seen, Timestamp());
  EXPECT_EQ(device.native_push_enabled, true);
  EXPECT_EQ(device.last_info, std::nullopt) << "it was modified later";
  EXPECT_EQ(device.last_location, At(4));
  const Device later = patch.ToDevice(Guid{}, {At(5), Timestamp::max()});
  EXPECT_EQ(later.last_seen, At(9));
  EXPECT_EQ(later.last_info, At(6));
  EXPECT_EQ(later.native_push_enabled, std::nullopt);
  EXPECT_EQ(later.tags.size(), 1u);
}

TEST(DevicePatch, AValueThatASetTagHasIsFound) {
  DevicePatch patch;
  patch.SetTag("plan", "gold", At(1));
  patch.SetTag("gone", std::nullopt, At(1));
  patch.SetInfo("locale", "de", At(1));
  ASSERT_NE(patch.FindTag("plan"), nullptr);
  EXPECT_EQ(*patch.FindTag("plan"), "gold");
  EXPECT_EQ(patch.FindTag("gone"), nullptr);
  EXPECT_EQ(patch.FindTag("locale"), nullptr);
}

TEST(DevicePatch, TheLaterReportWinsInWhateverOrderReportsArrive) {
  DevicePatch early;
  early.SetTag("plan", "silver", At(1));
  early.SetInfo("locale", "de", At(3));
  DevicePatch late;
  late.SetTag("plan", "gold", At(2));
  late.SetInfo("locale", "en", At(2));
  for (const bool late_first : {true, false}) {
    DevicePatch sum = late_first ? late : early;
    sum.Merge(late_first ? early : late);
    EXPECT_EQ(ToDevice(sum).tags.at("plan"), "gold");
    EXPECT_EQ(ToDevice(sum).info.at("locale"), "de");
  }
}

TEST(DevicePatch, OfTwoReportsAtTheSameTimeTheOneAppliedLastWins) {
  DevicePatch first;
  first.SetTag("plan", "silver", At(1));
  DevicePatch second;
  second.SetTag("plan", "gold", At(1));
  first.Merge(second);
  EXPECT_EQ(ToDevice(first).tags.at("plan"), "gold");
}

TEST(DevicePatch, AnOlderReportCannotBringBackWhatWasDeleted) {
  DevicePatch deleted;
  deleted.SetTag("plan", std::nullopt, At(5));
  deleted.SetToken(std::nullopt, At(5));
  DevicePatch late;
  late.SetTag("plan", "gold", At(4));
  late.SetToken(PushToken{"fcm", "t"}, At(4));
  DevicePatch stored = *DevicePatch::Decode(deleted.Encode());
  stored.Merge(late);
  EXPECT_TRUE(ToDevice(stored).tags.empty());
  EXPECT_FALSE(ToDevice(stored).token.has_value());
  late.SetTag("plan", "gold", At(6));
  stored.Merge(late);
  EXPECT_EQ(ToDevice(stored).tags.at("plan"), "gold");
}

TEST(DevicePatch, TheMemoryOfAnOlderProgramIsReadAndNotShown) {
  const std::string encoded("\x01\x00\x01\x01m\x02\x01\x03old", 11);
  const auto patch = DevicePatch::Decode(encoded);
  ASSERT_TRUE(patch.has_value());
  ASSERT_NE(patch->FindOldMemory(), nullptr);
  EXPECT_EQ(*patch->FindOldMemory(), "old");
  EXPECT_EQ(patch->Encode(), encoded);
  EXPECT_EQ(DevicePatch().FindOldMemory(), nullptr);
}

std::map<std::string, std::string> InfoOf(const DevicePatch& patch) {
  std::map<std::string, std::string> fields;
  patch.VisitInfo([&](std::string_view name, const std::string& value) { fields.emplace(name, value); });
  return fields;
}

TEST(DevicePatch, TheContextIsTechnicalsLocationAndUserAlone) {
  DevicePatch patch;
  patch.Seen(At(1));
  patch.SetInfo("locale", "nl", At(1));
  patch.SetLocation("region", "NH", At(1));
  patch.SetTag(kUserIdTag, "u", At(1));
  patch.SetTag("plan", "gold", At(1));
  patch.SetToken(PushToken{"fcm", "t"}, At(1));
  DevicePatch expected;
  expected.SetInfo("locale", "nl", At(1));
  expected.SetLocation("region", "NH", At(1));
  expected.SetTag(kUserIdTag, "u", At(1));
  EXPECT_EQ(patch.Context().Encode(), expected.Encode());
  DevicePatch merged;
  merged.MergeContext(patch);
  EXPECT_EQ(merged.Encode(), expected.Encode());
  EXPECT_GT(patch.MemoryBytes(), merged.MemoryBytes());
}

TEST(DevicePatch, MergingTheContextTellsWhatChangedAndWhatWasTooOld) {
  DevicePatch known;
  known.SetInfo("locale", "nl", At(2));
  DevicePatch same;
  same.SetInfo("locale", "nl", At(3));
  auto change = known.MergeContext(same);
  EXPECT_FALSE(change.info || change.location || change.is_old);
  DevicePatch old;
  old.SetInfo("locale", "de", At(2));
  old.SetInfo("phoneModel", "A", At(2));
  change = known.MergeContext(old);
  EXPECT_TRUE(change.info && change.is_old);
  EXPECT_EQ(InfoOf(known), (std::map<std::string, std::string>{{"locale", "nl"}, {"phoneModel", "A"}}));
  known.OverlayContext(old);
  EXPECT_EQ(InfoOf(known).at("locale"), "de");
}

TEST(DevicePatch, SeenWidensBothWays) {
  DevicePatch patch;
  patch.Seen(At(5));
  DevicePatch other;
  other.Seen(At(3));
  other.Seen(At(4));
  patch.Merge(other);
  EXPECT_EQ(ToDevice(patch).first_seen, At(3));
  EXPECT_EQ(ToDevice(patch).last_seen, At(5));
}

// What RocksDB demands of merge operands: it may merge neighbours in any grouping.
TEST(DevicePatch, MergingIsAssociative) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<DevicePatch> patches(3);
    for (DevicePatch& patch : patches) {
      for (int i = 0; i < 4; ++i) {
        patch.Seen(At(random() % 5));
        const auto value = random() % 4 == 0 ? std::nullopt : std::optional(std::to_string(random() % 100));
        patch.SetTag(std::string(1, static_cast<char>('a' + random() % 2)), value, At(random() % 3));
      }
    }
    DevicePatch left = patches[0];
    left.Merge(patches[1]);
    left.Merge(patches[2]);
    DevicePatch tail = patches[1];
    tail.Merge(patches[2]);
    DevicePatch right = patches[0];
    right.Merge(tail);
    EXPECT_EQ(left.Encode(), right.Encode());
  }
}

TEST(DevicePatch, BytesAreThoseOfTheDocumentedExample) {
  DevicePatch patch;
  patch.Seen(At(0));
  patch.SetTag("plan", "gold", At(1));
  patch.SetTag("old", std::nullopt, At(1));
  EXPECT_EQ(HexEncode(patch.Encode()),
            "01018097bb9e8a5500"
            "02"
            "04746f6c64d00f00"
            "0574706c616e000104676f6c64");
}

TEST(DevicePatch, AnUnknownVersionIsNamed) {
  std::string encoded = FullPatch().Encode();
  encoded[0] = 9;
  const auto decoded = DevicePatch::Decode(encoded);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(decoded.error().message.find("version 9"), std::string::npos) << decoded.error().message;
}

TEST(DevicePatch, CutOffAnywhereIsDataLoss) {
  const std::string encoded = FullPatch().Encode();
  for (size_t size = 0; size < encoded.size(); ++size) {
    const std::vector<char> cut(encoded.begin(), encoded.begin() + static_cast<ptrdiff_t>(size));
    const auto decoded = DevicePatch::Decode({cut.data(), cut.size()});
    ASSERT_FALSE(decoded.has_value()) << size;
    EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
  }
  EXPECT_FALSE(DevicePatch::Decode(encoded + "x").has_value());
}

TEST(DevicePatch, AnyOtherByteAnywhereIsDataLossOrReadable) {
  const std::string encoded = FullPatch().Encode();
  for (size_t at = 0; at < encoded.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = encoded;
      damaged[at] = static_cast<char>(value);
      const auto decoded = DevicePatch::Decode(damaged);
      if (decoded) {
        ToDevice(*decoded);
      } else {
        EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
      }
    }
  }
}

TEST(Device, SeenLastBeforeFirstIsDamage) {
  EXPECT_TRUE(DevicePatch::Decode(std::string("\x01\x01\x04\x02\x00", 5)).has_value());
  const auto decoded = DevicePatch::Decode(std::string("\x01\x01\x04\x01\x00", 5));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
}

TEST(Device, TheUserIdIsTheTagOfThatName) {
  DevicePatch patch;
  patch.SetTag("userid", "jane", At(1));
  EXPECT_EQ(ToDevice(patch).user_id(), "jane");
  patch.SetTag("userid", "", At(2));
  EXPECT_EQ(ToDevice(patch).user_id(), std::nullopt);
}

TEST(ContentId, DependsOnTheContentAlone) {
  const FieldValues info{{"phoneModel", "Pixel"}, {"androidAPILevel", "23"}};
  EXPECT_EQ(InfoId(info), InfoId(FieldValues(info)));
  EXPECT_NE(InfoId(info), InfoId({{"phoneModel", "Pixel"}}));
  EXPECT_NE(InfoId(info), InfoId({{"phoneModel", "Pixel"}, {"androidAPILevel", "24"}}));
  EXPECT_NE(InfoId({{"phoneModel", "a\",\"locale\":\"b"}}), InfoId({{"phoneModel", "a"}, {"locale", "b"}}));
  EXPECT_NE(LocationId({{"region", "x"}}), LocationId({{"locality", "x"}}));
}

TEST(ContentId, StaysTheSameForEver) {
  EXPECT_EQ(InfoId({{"phoneModel", "Pixel"}, {"androidAPILevel", "23"}}),
            NameBasedGuid(R"({"phoneModel":"Pixel","androidAPILevel":"23"})"));
  EXPECT_EQ(LocationId({{"countrycode", "nl"}, {"locality", "Delft"}}),
            NameBasedGuid(R"({"countrycode":"nl","locality":"Delft"})"));
}

TEST(ContentId, OfNothingIsZero) {
  EXPECT_TRUE(InfoId({}).IsZero());
  EXPECT_TRUE(LocationId({}).IsZero());
}

}  // namespace
}  // namespace rawhaul
