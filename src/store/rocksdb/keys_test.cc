#include "store/rocksdb/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/encoding.h"

namespace rawhaul::keys {
namespace {

Guid GuidOf(uint8_t first, uint8_t last) {
  Guid guid;
  guid.bytes.front() = first;
  guid.bytes.back() = last;
  return guid;
}

// In ascending order, with bytes above 0x7f in every part.
const std::vector<RecordKey> kRecordKeys = {
    {0, RecordKind::kActivity, 0, 0},
    {1, RecordKind::kActivity, 0, 1},
    {1, RecordKind::kActivity, 255, 256},
    {1, RecordKind::kActivity, 256, 0},
    {1, RecordKind::kSession, 0, 0},
    {256, RecordKind::kEvent, 406017, UINT64_MAX},
    {UINT32_MAX, RecordKind::kEvent, UINT32_MAX, UINT64_MAX},
};
const std::vector<GuidKey> kGuidKeys = {
    {0, {}}, {1, {}}, {1, GuidOf(0, 1)}, {1, GuidOf(0x80, 0)}, {1, Guid::Max()}, {256, {}},
};
const std::vector<UserKey> kUserKeys = {
    {0, {}, {}},   {1, {}, GuidOf(0x80, 0)}, {1, GuidOf(0, 1), {}}, {1, Guid::Max(), Guid::Max()},
    {256, {}, {}},
};
const std::vector<AppFeedbackKey> kFeedbackKeys = {
    {0, {}},
    {1, {CampaignType::kAnnouncement, 5, {}}},
    {1, {CampaignType::kAnnouncement, 5, GuidOf(0x80, 1)}},
    {1, {CampaignType::kAnnouncement, 256, {}}},
    {1, {CampaignType::kPoll, 0, {}}},
    {256, {CampaignType::kPoll, UINT64_MAX, Guid::Max()}},
};

template <typename Key, typename Parse>
void ExpectRoundTripsInOrder(const std::vector<Key>& all, Parse parse) {
  std::vector<std::string> encoded;
  for (const Key& key : all) {
    encoded.push_back(Encode(key));
    EXPECT_EQ(parse(encoded.back()), key);
    EXPECT_FALSE(parse(encoded.back() + "x").has_value());
    EXPECT_FALSE(parse(std::string_view(encoded.back()).substr(1)).has_value());
  }
  EXPECT_TRUE(std::is_sorted(encoded.begin(), encoded.end()));
  EXPECT_FALSE(parse("").has_value());
}

TEST(Keys, RoundTripAndSortAsTheirParts) {
  ExpectRoundTripsInOrder(kRecordKeys, ParseRecordKey);
  ExpectRoundTripsInOrder(kGuidKeys, ParseGuidKey);
  ExpectRoundTripsInOrder(kUserKeys, ParseUserKey);
  ExpectRoundTripsInOrder(kFeedbackKeys, ParseFeedbackKey);
}

TEST(Keys, BytesAreThoseOfTheDocumentation) {
  EXPECT_EQ(HexEncode(Encode(RecordKey{1, RecordKind::kEvent, 406017, 3})),
            "00000001"
            "02"
            "00063201"
            "0000000000000003");
  EXPECT_EQ(HexEncode(Encode(GuidKey{1, GuidOf(0xab, 0xcd)})),
            "00000001"
            "ab0000000000000000000000000000cd");
  EXPECT_EQ(HexEncode(Encode(UserKey{1, GuidOf(0xab, 0xcd), GuidOf(0x12, 0x34)})),
            "00000001"
            "ab0000000000000000000000000000cd"
            "12000000000000000000000000000034");
  EXPECT_EQ(HexEncode(Encode(AppFeedbackKey{1, {CampaignType::kPoll, 12, GuidOf(0xab, 0xcd)}})),
            "00000001"
            "04"
            "000000000000000c"
            "ab0000000000000000000000000000cd");
}

TEST(Keys, NumbersRoundTrip) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{255}, uint64_t{1} << 40, UINT64_MAX}) {
    EXPECT_EQ(ParseNumber(EncodeNumber(value)), value);
  }
  EXPECT_FALSE(ParseNumber("1234567").has_value());
}

}  // namespace
}  // namespace rawhaul::keys
