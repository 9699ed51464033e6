#include "model/feedback.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace rawhaul {
namespace {

const Feedback kFeedback{0x0405, FromMillis(1'461'663'000'000), FromMillis(1'461'663'001'000)};

TEST(CampaignType, NamesRoundTripInAnyCase) {
  for (const auto type : {CampaignType::kAnnouncement, CampaignType::kDataPush, CampaignType::kNativePush,
                          CampaignType::kPoll}) {
    EXPECT_EQ(ParseCampaignType(ToString(type)), type);
    EXPECT_EQ(ParseCampaignType(ToLower(ToString(type))), type);
  }
  EXPECT_EQ(ParseCampaignType("announcements"), std::nullopt);
  EXPECT_EQ(ParseCampaignType(""), std::nullopt);
}

TEST(FeedbackFlag, IsTheBitOfItsName) {
  EXPECT_EQ(ParseFeedbackFlag("Queued"), 1u);
  EXPECT_EQ(ParseFeedbackFlag("inappnotificationdisplayed"), 4u);
  EXPECT_EQ(ParseFeedbackFlag("ContentExited"), 1u << 10);
  EXPECT_EQ(ParseFeedbackFlag("None"), std::nullopt);
}

TEST(Feedback, MergingAddsFlagsAndWidensTheSpanInEitherOrder) {
  const Feedback other{0x0002, FromMillis(5), FromMillis(6)};
  Feedback one = kFeedback;
  one.Merge(other);
  Feedback two = other;
  two.Merge(kFeedback);
  EXPECT_EQ(one, two);
  EXPECT_EQ(one, (Feedback{0x0407, FromMillis(5), kFeedback.last}));
}

TEST(Feedback, RoundTripsThroughItsEncoding) {
  for (const Feedback& feedback : {kFeedback, Feedback{}, Feedback{0xffff, FromMillis(3), FromMillis(9)}}) {
    EXPECT_EQ(Feedback::Decode(feedback.Encode()), feedback);
  }
}

TEST(Feedback, BytesAreThoseOfTheDocumentedExample) {
  EXPECT_EQ(HexEncode(kFeedback.Encode()), "0185088097bb9e8a55d00f");
}

TEST(Feedback, DamagedBytesAreDataLoss) {
  const std::string encoded = kFeedback.Encode();
  for (size_t size = 0; size < encoded.size(); ++size) {
    const auto decoded = Feedback::Decode(encoded.substr(0, size));
    ASSERT_FALSE(decoded.has_value()) << size;
    EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
  }
  for (const std::string& bytes :
       {encoded + "x", "\x02" + encoded.substr(1), std::string("\x01\xff\xff\x7f\x00\x00", 6),
        std::string("\x01\x01\x04\x01", 4)}) {
    EXPECT_FALSE(Feedback::Decode(bytes).has_value());
  }
}

}  // namespace
}  // namespace rawhaul
