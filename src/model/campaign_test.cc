#include "model/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul {
namespace {

using ::testing::HasSubstr;

Timestamp At(std::string_view text) { return *ParseTimestamp(text); }

const Timestamp kActivated = At("2016-04-01T00:00:00Z");
const Timestamp kStarts = At("2016-04-02T00:00:00Z");
const Timestamp kEnds = At("2016-04-03T00:00:00Z");
constexpr std::chrono::milliseconds kTick{1};

Campaign Activated() {
  Campaign campaign;
  campaign.id = 7;
  campaign.activated = kActivated;
  return campaign;
}

TEST(CampaignTest, KindsAndStatesAreReadInAnyCase) {
  EXPECT_EQ(ParseCampaignPathName("datapushes"), CampaignType::kDataPush);
  EXPECT_EQ(ParseCampaignPathName("NativePushes"), CampaignType::kNativePush);
  EXPECT_EQ(ParseCampaignPathName("announcement"), std::nullopt);
  EXPECT_EQ(PathNameOf(CampaignType::kPoll), "polls");
  EXPECT_EQ(ParseCampaignState("In-Progress"), CampaignState::kInProgress);
  EXPECT_EQ(ParseCampaignState("queued"), std::nullopt);
}

TEST(CampaignTest, WithoutTimesItIsInProgressUntilItIsFinished) {
  Campaign campaign = Activated();
  EXPECT_EQ(campaign.StateAt(kActivated), CampaignState::kInProgress);
  EXPECT_EQ(campaign.begin(), kActivated);
  EXPECT_EQ(campaign.end(), std::nullopt);
  campaign.finished = kEnds;
  EXPECT_EQ(campaign.StateAt(kEnds), CampaignState::kFinished);
  EXPECT_EQ(campaign.end(), kEnds);
}

TEST(CampaignTest, TheClockStartsAndEndsIt) {
  Campaign campaign = Activated();
  campaign.content.starts = kStarts;
  campaign.content.ends = kEnds;
  EXPECT_EQ(campaign.StateAt(kStarts - kTick), CampaignState::kScheduled);
  EXPECT_EQ(campaign.StateAt(kStarts), CampaignState::kInProgress);
  EXPECT_EQ(campaign.StateAt(kEnds - kTick), CampaignState::kInProgress);
  EXPECT_EQ(campaign.StateAt(kEnds), CampaignState::kFinished);
  EXPECT_EQ(campaign.begin(), kStarts);
  EXPECT_EQ(campaign.end(), kEnds);
}

TEST(CampaignTest, AStartThatHasPassedIsTheTimeOfActivation) {
  Campaign campaign = Activated();
  campaign.content.starts = kActivated - kTick;
  EXPECT_EQ(campaign.begin(), kActivated);
}

TEST(CampaignTest, ADraftHasNoPeriodWhateverItsTimesAre) {
  Campaign campaign;
  campaign.content.starts = kStarts;
  campaign.content.ends = kEnds;
  EXPECT_EQ(campaign.StateAt(kEnds + kTick), CampaignState::kDraft);
  EXPECT_EQ(campaign.begin(), std::nullopt);
  EXPECT_EQ(campaign.end(), std::nullopt);
}

TEST(CampaignTest, EachStateAllowsItsActionsOnly) {
  Campaign draft;
  Campaign scheduled = Activated();
  scheduled.content.starts = kStarts;
  const Campaign in_progress = Activated();
  Campaign finished = Activated();
  finished.finished = kActivated;
  const auto allowed = [](const Campaign& campaign) {
    std::string actions;
    constexpr std::pair<CampaignAction, char> kActions[]{{CampaignAction::kUpdate, 'u'},
                                                         {CampaignAction::kDelete, 'd'},
                                                         {CampaignAction::kActivate, 'a'},
                                                         {CampaignAction::kSuspend, 's'},
                                                         {CampaignAction::kFinish, 'f'}};
    for (const auto& [action, letter] : kActions) {
      if (CheckAllowed(campaign, action, kActivated)) actions += letter;
    }
    return actions;
  };
  EXPECT_EQ(allowed(draft), "uda");
  EXPECT_EQ(allowed(scheduled), "s");
  EXPECT_EQ(allowed(in_progress), "f");
  EXPECT_EQ(allowed(finished), "d");
}

TEST(CampaignTest, ARefusalSaysWhatIsAndWhatWouldBeRight) {
  const Status refused = CheckAllowed(Activated(), CampaignAction::kDelete, kActivated);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            (Error{ErrorCode::kInvalidArgument,
                   "The campaign 7 is in-progress; only a draft or a finished one can be deleted.",
                   "InvalidCampaignState"}));
}

TEST(CampaignTest, WhatHasEndedAlreadyIsNotActivated) {
  Campaign campaign;
  campaign.content.ends = kEnds;
  EXPECT_TRUE(CheckAllowed(campaign, CampaignAction::kActivate, kEnds - kTick));
  const Status refused = CheckAllowed(campaign, CampaignAction::kActivate, kEnds);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("2016-04-03T00:00:00.000Z, has passed"));
  EXPECT_EQ(refused.error().reason, "InvalidCampaign");
}

TEST(CampaignTest, APollIsActivatedWithQuestionsAndChoicesOnly) {
  Campaign poll;
  poll.kind = CampaignType::kPoll;
  EXPECT_FALSE(CheckAllowed(poll, CampaignAction::kActivate, kActivated));
  poll.content.questions = {{1, {2, 3}}, {4, {}}};
  EXPECT_FALSE(CheckAllowed(poll, CampaignAction::kActivate, kActivated));
  poll.content.questions = {{1, {2, 3}}};
  EXPECT_TRUE(CheckAllowed(poll, CampaignAction::kActivate, kActivated));
}

}  // namespace
}  // namespace rawhaul
