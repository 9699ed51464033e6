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

// Answered a second before and a day after the span of the flags.
Feedback Answered() {
  Feedback feedback = kFeedback;
  feedback.answers = {{0, 7, FromMillis(1'461'662'999'000)}, {300, 2, FromMillis(1'461'749'400'000)}};
  return feedback;
}

TEST(Feedback, OfTheAnswersToAQuestionTheLatestCountsInEitherOrder) {
  const PollAnswer first{1, 5, FromMillis(100)};
  const PollAnswer second{1, 4, FromMillis(200)};
  const PollAnswer same_time{1, 3, FromMillis(200)};
  const PollAnswer other{2, 9, FromMillis(50)};
  const Feedback one{1, {}, {}, {first, other}};
  for (const auto& [a, b] :
       {std::pair(one, Feedback{1, {}, {}, {second}}), {Feedback{1, {}, {}, {second}}, one}}) {
    Feedback sum = a;
    sum.Merge(b);
    EXPECT_EQ(sum.answers, (std::vector{second, other}));
    sum.Merge(b);
    EXPECT_EQ(sum.answers, (std::vector{second, other}));
    sum.MergeAnswer(same_time);
    EXPECT_EQ(sum.answers.front(), second) << "of two at one time the greater choice";
  }
  Feedback reversed{1, {}, {}, {same_time}};
  reversed.MergeAnswer(second);
  EXPECT_EQ(reversed.answers.front(), second);
}

TEST(Feedback, TheAnswersToTheLowestQuestionsAreKept) {
  Feedback up;
  Feedback down;
  for (uint64_t i = 0; i < 2 * kMaxPollAnswers; ++i) {
    up.MergeAnswer({i, 1, FromMillis(1)});
    down.MergeAnswer({2 * kMaxPollAnswers - 1 - i, 1, FromMillis(1)});
  }
  EXPECT_EQ(up.answers.size(), kMaxPollAnswers);
  EXPECT_EQ(up.answers.back().question, kMaxPollAnswers - 1);
  EXPECT_EQ(up, down);
}

TEST(Feedback, RoundTripsThroughItsEncoding) {
  for (const Feedback& feedback :
       {kFeedback, Feedback{}, Feedback{0xffff, FromMillis(3), FromMillis(9)}, Answered()}) {
    EXPECT_EQ(Feedback::Decode(feedback.Encode()), feedback);
  }
}

TEST(Feedback, BytesAreThoseOfTheDocumentedExample) {
  EXPECT_EQ(HexEncode(kFeedback.Encode()), "0185088097bb9e8a55d00f");
  EXPECT_EQ(HexEncode(Answered().Encode()), "0285088097bb9e8a55d00f0200079f1fac0202b0e0b252");
}

TEST(Feedback, DamagedBytesAreDataLoss) {
  for (const std::string& encoded : {kFeedback.Encode(), Answered().Encode()}) {
    for (size_t size = 0; size < encoded.size(); ++size) {
      const auto decoded = Feedback::Decode(encoded.substr(0, size));
      ASSERT_FALSE(decoded.has_value()) << size;
      EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
    }
    EXPECT_FALSE(Feedback::Decode(encoded + "x").has_value());
    EXPECT_FALSE(Feedback::Decode("\x03" + encoded.substr(1)).has_value());
  }
  const std::string head = "\x02" + kFeedback.Encode().substr(1);
  using namespace std::string_literals;
  for (const std::string& bytes : {"\x01\xff\xff\x7f\x00\x00"s, "\x01\x01\x04\x01"s, head, head + "\x00"s,
                                   head + "\x65"s, head + "\x02\x01\x01\x00\x00\x01\x00"s}) {
    EXPECT_FALSE(Feedback::Decode(bytes).has_value()) << HexEncode(bytes);
  }
}

}  // namespace
}  // namespace rawhaul
