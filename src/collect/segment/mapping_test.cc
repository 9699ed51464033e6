#include "collect/segment/mapping.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "collect/segment/body_parser.h"

namespace rawhaul::segment {
namespace {

const Timestamp kNow = *ParseTimestamp("2016-05-02T12:00:00Z");

// A message of the device "a", sent when `sent_at` says.
MappedMessage Mapped(std::string_view members, std::string_view sent_at = "") {
  BodyParser parser;
  const auto body = parser.ParseMessage(fmt::format(R"({{"anonymousId":"a",{}}})", members));
  const Times times{kNow, SkewOf(sent_at, kNow)};
  return Map(body.value().messages.at(0), "", times, CollectLimits{}).value();
}

MappedMessage Track(std::string_view members, std::string_view sent_at = "") {
  return Mapped(fmt::format(R"("type":"track","event":"e",{})", members), sent_at);
}

const std::string& ExtrasOf(const MappedMessage& message) { return message.batch->records.at(0).extras; }

TEST(SegmentTimes, EveryClearInstantIsTheTimeOfItsMessage) {
  for (const char* text : {"2016-05-01T10:00:00+0200", "2016-05-01T08:00:00.000Z", "20160501T080000Z"}) {
    const auto message = Track(fmt::format(R"("timestamp":"{}")", text));
    EXPECT_EQ(FormatTimestamp(message.time), "2016-05-01T08:00:00.000Z") << text;
    EXPECT_EQ(ExtrasOf(message), "") << text;
  }
}

TEST(SegmentTimes, WhatCannotBeReadCountsAsOfNowAndItsTextIsKept) {
  for (const char* value :
       {R"("soon")", R"("0001-01-01T00:00:00Z")", "1462096800000", "true", R"({"at":1})"}) {
    const auto message = Track(fmt::format(R"("timestamp":{},"properties":{{"n":1}})", value));
    EXPECT_EQ(message.time, kNow) << value;
    const bool is_nested = std::string_view(value).starts_with('{');
    const std::string kept = is_nested ? R"("{\"at\":1}")" : value;
    EXPECT_EQ(ExtrasOf(message), fmt::format(R"({{"n":1,"timestamp":{}}})", kept));
  }
}

TEST(SegmentTimes, ATimeThatCannotBeReadLeavesTheOtherOne) {
  const auto message = Track(R"("timestamp":"soon","originalTimestamp":"2016-05-01T08:00:00Z")");
  EXPECT_EQ(FormatTimestamp(message.time), "2016-05-01T08:00:00.000Z");
  EXPECT_EQ(ExtrasOf(message), R"({"timestamp":"soon"})");
}

TEST(SegmentTimes, WhatAWrongClockMovesOutOfTheCalendarCountsAsOfNow) {
  const auto message = Track(R"("timestamp":"9999-12-31T23:00:00Z")", "2016-05-02T09:00:00Z");
  EXPECT_EQ(message.time, kNow);
  EXPECT_EQ(ExtrasOf(message), R"({"timestamp":"9999-12-31T23:00:00Z"})");
  const auto early = Track(R"("timestamp":"1970-01-01T01:00:00Z")", "2016-05-02T15:00:00Z");
  EXPECT_EQ(early.time, kNow);
}

TEST(SegmentMembers, PropertiesThatAreNoObjectAreOneExtra) {
  EXPECT_EQ(ExtrasOf(Track(R"("properties":"a text")")), R"({"properties":"a text"})");
  EXPECT_EQ(ExtrasOf(Track(R"("properties":[1,"b"])")), R"({"properties":"[1,\"b\"]"})");
  EXPECT_EQ(ExtrasOf(Track(R"("properties":7)")), R"({"properties":7})");
  for (const char* nothing : {"[]", "null", R"("")", "{}"}) {
    EXPECT_EQ(ExtrasOf(Track(fmt::format(R"("properties":{})", nothing))), "") << nothing;
  }
}

TEST(SegmentMembers, TraitsThatAreNoObjectAreOneTag) {
  using Tags = decltype(CollectedBatch::tags);
  EXPECT_EQ(Mapped(R"("type":"identify","traits":["gold"])").batch->tags, (Tags{{"traits", R"(["gold"])"}}));
  EXPECT_EQ(Mapped(R"("type":"identify","traits":[])").batch->tags, Tags{});
  EXPECT_EQ(Mapped(R"("type":"group","groupId":"g","traits":"large")").batch->tags,
            (Tags{{"group.traits", "large"}, {"groupid", "g"}}));
}

TEST(SegmentMembers, KeysThatBecomeTheSameAreNumbered) {
  EXPECT_EQ(ExtrasOf(Track(R"("properties":{"a b":1,"a_b":2,"a_b_2":3,"a.b":4})")),
            R"({"a_b":1,"a_b_2":2,"a_b_2_2":3,"a_b_3":4})");
}

TEST(SegmentMembers, MoreTraitsThanABatchMayNameRefuseTheirMessage) {
  std::string traits = R"("t":1)";
  for (int i = 0; i < 1000; ++i) traits += fmt::format(R"(,"t{}":1)", i);
  BodyParser parser;
  for (const char* type : {"identify", R"(group","groupId":"g)"}) {
    const auto body = parser.ParseMessage(
        fmt::format(R"({{"anonymousId":"a","type":"{}","traits":{{{}}}}})", type, traits));
    const auto mapped = Map(body.value().messages.at(0), "", {kNow, {}}, CollectLimits{});
    ASSERT_FALSE(mapped) << type;
    EXPECT_EQ(mapped.error().reason, "TooManyTags");
  }
}

TEST(SegmentMembers, AnErrorOfAnotherNameKeepsThatOfItsEvent) {
  const auto extras = [](std::string_view event, std::string_view properties) {
    return ExtrasOf(Mapped(
        fmt::format(R"("type":"track","event":"{}","properties":{{"error":true{}}})", event, properties)));
  };
  EXPECT_EQ(extras("Checkout Failed", R"(,"name":"E7")"),
            R"({"event":"Checkout Failed","error":true,"name":"E7"})");
  EXPECT_EQ(extras("Checkout Failed", ""), R"({"error":true})") << "it is the name";
  EXPECT_EQ(extras("Error", R"(,"name":"E7")"), R"({"error":true,"name":"E7"})");
}

TEST(SegmentMembers, AStackHasAllTheBytesThatOneMayHave) {
  const auto stack = [](const std::string& text) {
    return Mapped(fmt::format(R"("type":"track","event":"Application Crashed","properties":{{"stack":"{}"}})",
                              text))
        .batch->records.at(0)
        .stack;
  };
  const size_t limit = CollectLimits{}.max_stack_bytes;
  EXPECT_EQ(stack(std::string(limit, 'x')), std::string(limit, 'x'));
  EXPECT_EQ(stack(std::string(limit - 1, 'x') + "\u20ac"), std::string(limit - 1, 'x'))
      << "no part of a character";
}

// Looking for a free name from the start each time, this would take a quarter of an hour.
TEST(SegmentMembers, AnyNumberOfKeysThatBecomeTheSameIsLittleWork) {
  std::string properties = R"("":0)";
  for (int i = 1; i < 90'000; ++i) properties += R"(,"":1)";
  const std::string extras = ExtrasOf(Track(fmt::format(R"("properties":{{{}}})", properties)));
  EXPECT_TRUE(extras.starts_with(R"({"p_":0,"p__2":1,"p__3":1,)")) << extras;
  EXPECT_TRUE(extras.ends_with(R"(,"p__200":1})")) << extras;
}

}  // namespace
}  // namespace rawhaul::segment
