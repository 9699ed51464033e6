#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "catalog/catalog_testing.h"
#include "model/campaign_content.h"

namespace rawhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kAnnouncement = CampaignType::kAnnouncement;
constexpr auto kPoll = CampaignType::kPoll;
const Timestamp kNow = *ParseTimestamp("2016-04-26T09:30:00.518Z");
constexpr std::chrono::hours kHour{1};

std::string Json(std::string_view name, std::string_view rest = "") {
  return fmt::format(R"({{"name":"{}"{}}})", name, rest);
}

CampaignContent Content(std::string_view json, CampaignType kind = kAnnouncement) {
  auto content = ParseCampaignContent(json, kind);
  if (!content) ADD_FAILURE() << content.error().message;
  return content.value_or(CampaignContent{});
}

std::string StartsAt(Timestamp time) { return fmt::format(R"(,"startTime":"{}")", FormatTimestamp(time)); }
std::string EndsAt(Timestamp time) { return fmt::format(R"(,"endTime":"{}")", FormatTimestamp(time)); }

class CampaignsTest : public ::testing::Test {
 protected:
  CampaignsTest() {
    first_ = catalog_->apps().Create({"s", "g", "c", "first"}, "ios", "a", "h", kNow)->id;
    second_ = catalog_->apps().Create({"s", "g", "c", "second"}, "ios", "b", "h", kNow)->id;
  }

  Campaign Create(std::string_view json, CampaignType kind = kAnnouncement) {
    const auto created = campaigns_.Create(first_, kind, Content(json, kind));
    if (!created) ADD_FAILURE() << created.error().message;
    return created.value_or(Campaign{});
  }
  Campaign Activate(std::string_view json, Timestamp when = kNow) {
    const auto activated = campaigns_.Activate(Create(json).key(), when);
    if (!activated) ADD_FAILURE() << activated.error().message;
    return activated.value_or(Campaign{});
  }
  CampaignState StateOf(const Campaign& campaign, Timestamp now) {
    return (*campaigns_.Find(campaign.key()))->StateAt(now);
  }
  std::vector<std::string> Names(const CampaignCatalog::Page& page, Timestamp now = kNow) {
    std::vector<std::string> names;
    const auto listed = campaigns_.List(first_, kAnnouncement, page, now);
    for (const Campaign& campaign : *listed) names.push_back(campaign.content.name);
    return names;
  }
  std::vector<std::string> Running(Timestamp now) {
    std::vector<std::string> names;
    const auto running = campaigns_.ListRunning(first_, now);
    for (const Campaign& campaign : **running) names.push_back(campaign.content.name);
    return names;
  }

  TemporaryCatalog catalog_;
  CampaignCatalog& campaigns_ = catalog_->campaigns();
  uint32_t first_ = 0;
  uint32_t second_ = 0;
};

TEST_F(CampaignsTest, ACampaignIsFoundAsItWasMade) {
  const Campaign made = Create(Json("Été", StartsAt(kNow + kHour) + EndsAt(kNow + 2 * kHour) +
                                               R"(,"audience":{"expression":"A"},"pushMode":"one-shot")"));
  EXPECT_EQ(made.StateAt(kNow), CampaignState::kDraft);
  for (const auto& found :
       {campaigns_.Find(made.key()), campaigns_.FindByName(first_, kAnnouncement, "Été")}) {
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->id, made.id);
    EXPECT_EQ((*found)->app, first_);
    EXPECT_EQ((*found)->content.json, made.content.json);
    EXPECT_EQ((*found)->content.audience, R"({"expression":"A"})");
    EXPECT_EQ((*found)->content.push_mode, PushMode::kOneShot);
    EXPECT_EQ((*found)->content.starts, kNow + kHour);
    EXPECT_EQ((*found)->content.ends, kNow + 2 * kHour);
    EXPECT_FALSE((*found)->activated);
    EXPECT_FALSE((*found)->finished);
  }
}

TEST_F(CampaignsTest, OthersKindsAndAppsAreOthers) {
  const Campaign made = Create(Json("n"));
  EXPECT_FALSE(*campaigns_.Find({second_, kAnnouncement, made.id}));
  EXPECT_FALSE(*campaigns_.Find({first_, kPoll, made.id}));
  EXPECT_FALSE(*campaigns_.FindByName(second_, kAnnouncement, "n"));
  EXPECT_FALSE(*campaigns_.FindByName(first_, kPoll, "n"));
  EXPECT_TRUE(campaigns_.Create(first_, kPoll, Content(Json("n"), kPoll)));
  EXPECT_TRUE(campaigns_.Create(second_, kAnnouncement, Content(Json("n"))));
}

TEST_F(CampaignsTest, ANameIsGivenOnceToAKind) {
  const Campaign other = Create(Json("m"));
  Create(Json("n"));
  const auto again = campaigns_.Create(first_, kAnnouncement, Content(Json("n")));
  const auto renamed = campaigns_.Update(other.key(), Content(Json("n")), kNow);
  for (const auto& refused : {again, renamed}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_EQ(refused.error().reason, "CampaignNameTaken");
    EXPECT_THAT(refused.error().message, HasSubstr("another campaign \"n\" among its announcements"));
  }
  EXPECT_EQ((*campaigns_.Find(other.key()))->content.name, "m");
}

TEST_F(CampaignsTest, ADraftIsReplacedAsAWhole) {
  const Campaign made = Create(Json("n", StartsAt(kNow + kHour)));
  const auto updated = campaigns_.Update(made.key(), Content(Json("n", R"(,"title":"t")")), kNow);
  ASSERT_TRUE(updated) << updated.error().message;
  const auto found = campaigns_.Find(made.key());
  EXPECT_EQ((*found)->content.json, R"({"name":"n","title":"t"})");
  EXPECT_FALSE((*found)->content.starts);
}

TEST_F(CampaignsTest, ItLivesAsClientsAndTheClockWant) {
  const Campaign made = Create(Json("n", StartsAt(kNow + kHour) + EndsAt(kNow + 2 * kHour)));
  ASSERT_TRUE(campaigns_.Activate(made.key(), kNow));
  EXPECT_EQ(StateOf(made, kNow), CampaignState::kScheduled);
  ASSERT_TRUE(campaigns_.Suspend(made.key(), kNow));
  EXPECT_EQ(StateOf(made, kNow), CampaignState::kDraft);
  ASSERT_TRUE(campaigns_.Activate(made.key(), kNow));
  EXPECT_EQ(StateOf(made, kNow + kHour), CampaignState::kInProgress);
  EXPECT_EQ(campaigns_.Suspend(made.key(), kNow + kHour).error().reason, "InvalidCampaignState");
  ASSERT_TRUE(campaigns_.Finish(made.key(), kNow + kHour));
  EXPECT_EQ(StateOf(made, kNow + kHour), CampaignState::kFinished);
  EXPECT_EQ((*campaigns_.Find(made.key()))->end(), kNow + kHour);
  ASSERT_TRUE(campaigns_.Delete(made.key(), kNow + kHour));
  EXPECT_FALSE(*campaigns_.Find(made.key()));
}

TEST_F(CampaignsTest, WhatIsNotThereIsNotChanged) {
  const CampaignKey key = Create(Json("n"), kPoll).key();
  const CampaignKey other{second_, kPoll, key.id};
  const Error expected{ErrorCode::kNotFound, fmt::format("There is no campaign {} among the polls.", key.id),
                       "CampaignNotFound"};
  EXPECT_EQ(campaigns_.Update(other, Content(Json("n")), kNow).error(), expected);
  EXPECT_EQ(campaigns_.Activate(other, kNow).error(), expected);
  EXPECT_EQ(campaigns_.Suspend(other, kNow).error(), expected);
  EXPECT_EQ(campaigns_.Finish(other, kNow).error(), expected);
  EXPECT_EQ(campaigns_.Delete(other, kNow).error(), expected);
  EXPECT_TRUE(*campaigns_.Find(key));
}

TEST_F(CampaignsTest, OfClientsThatDoOneThingAtOnceOneWins) {
  const Campaign made = Create(Json("n"));
  std::atomic<int> won = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] { won += campaigns_.Activate(made.key(), kNow) ? 1 : 0; });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(won, 1);
}

TEST_F(CampaignsTest, WhatTheServerCannotTellOfAnAudienceMayBeDraftedOnly) {
  const Campaign made = Create(Json("n", R"(,"audience":{"criteria":{"A":{"type":"segment","id":1}}})"));
  const auto refused = campaigns_.Activate(made.key(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "UnsupportedAudience");
  EXPECT_EQ(StateOf(made, kNow), CampaignState::kDraft);
}

TEST_F(CampaignsTest, IdsAreNeverGivenAgain) {
  const Campaign gone = Create(Json("n"));
  ASSERT_TRUE(campaigns_.Delete(gone.key(), kNow));
  EXPECT_GT(Create(Json("n")).id, gone.id);
}

TEST_F(CampaignsTest, AListHasPagesInEveryOrder) {
  Create(Json("b"));
  Activate(Json("a"), kNow);
  ASSERT_TRUE(campaigns_.Finish(Activate(Json("É"), kNow - kHour).key(), kNow - kHour));
  Activate(Json("c", EndsAt(kNow)), kNow - 2 * kHour);
  Activate(Json("d", StartsAt(kNow + kHour)), kNow);
  EXPECT_THAT(Names({}), ElementsAre("b", "a", "É", "c", "d"));
  EXPECT_THAT(Names({.skip = 1, .top = 2}), ElementsAre("a", "É"));
  EXPECT_THAT(Names({.descending = true}), ElementsAre("d", "c", "É", "a", "b"));
  EXPECT_THAT(Names({.order = CampaignOrder::kName}), ElementsAre("a", "b", "c", "d", "É"));
  EXPECT_THAT(Names({.order = CampaignOrder::kState}), ElementsAre("b", "É", "c", "a", "d"));
  EXPECT_THAT(Names({.order = CampaignOrder::kActivated}), ElementsAre("c", "É", "a", "d", "b"));
  EXPECT_THAT(Names({.order = CampaignOrder::kActivated, .descending = true}),
              ElementsAre("a", "d", "É", "c", "b"));
  EXPECT_THAT(Names({.order = CampaignOrder::kFinished}), ElementsAre("É", "c", "b", "a", "d"));
  EXPECT_THAT(Names({.order = CampaignOrder::kFinished, .descending = true}),
              ElementsAre("c", "É", "b", "a", "d"));
}

TEST_F(CampaignsTest, AListByStateFollowsTheClock) {
  Create(Json("draft"));
  Activate(Json("later", StartsAt(kNow + kHour) + EndsAt(kNow + 2 * kHour)));
  Activate(Json("on"));
  const auto names = [&](CampaignState state, Timestamp now) { return Names({.state = state}, now); };
  EXPECT_THAT(names(CampaignState::kDraft, kNow), ElementsAre("draft"));
  EXPECT_THAT(names(CampaignState::kScheduled, kNow), ElementsAre("later"));
  EXPECT_THAT(names(CampaignState::kInProgress, kNow), ElementsAre("on"));
  EXPECT_THAT(names(CampaignState::kInProgress, kNow + kHour), ElementsAre("later", "on"));
  EXPECT_THAT(names(CampaignState::kFinished, kNow + 2 * kHour), ElementsAre("later"));
}

TEST_F(CampaignsTest, NamesAreSearchedWithoutRegardToCase) {
  Create(Json("ÉTÉ 2016"));
  Create(Json("100% off"));
  EXPECT_THAT(Names({.search = "été"}), ElementsAre("ÉTÉ 2016"));
  EXPECT_THAT(Names({.search = "% O"}), ElementsAre("100% off"));
  EXPECT_THAT(Names({.search = "ete"}), IsEmpty());
}

TEST_F(CampaignsTest, WhatRunsIsListedAndReadAgainAfterEachChange) {
  Create(Json("draft"));
  EXPECT_THAT(Running(kNow), IsEmpty());
  const Campaign later = Activate(Json("later", StartsAt(kNow + kHour)));
  const Campaign on = Activate(Json("on", EndsAt(kNow + kHour)));
  EXPECT_THAT(Running(kNow), ElementsAre("later", "on"));
  ASSERT_TRUE(campaigns_.Suspend(later.key(), kNow));
  EXPECT_THAT(Running(kNow), ElementsAre("on"));
  ASSERT_TRUE(campaigns_.Finish(on.key(), kNow));
  EXPECT_THAT(Running(kNow), IsEmpty());
}

TEST_F(CampaignsTest, WhatRunsIsReadOnceBetweenChanges) {
  Activate(Json("on"));
  const auto listed = campaigns_.ListRunning(first_, kNow);
  EXPECT_EQ(listed->get(), campaigns_.ListRunning(first_, kNow)->get());
  EXPECT_THAT(**campaigns_.ListRunning(second_, kNow), IsEmpty());
}

TEST_F(CampaignsTest, WhatEndedByItselfRunsNoMore) {
  Activate(Json("on", EndsAt(kNow + kHour)));
  EXPECT_THAT(Running(kNow + kHour), IsEmpty());
}

TEST_F(CampaignsTest, PeriodsGoFromBeingInProgressToTheEnd) {
  Create(Json("draft"));
  const Campaign open = Activate(Json("open"));
  const Campaign timed = Activate(Json("timed", StartsAt(kNow + kHour) + EndsAt(kNow + 2 * kHour)));
  const auto periods = campaigns_.ListPeriods(first_, kAnnouncement);
  ASSERT_TRUE(periods);
  ASSERT_EQ(periods->size(), 2u);
  EXPECT_EQ(periods->at(0).id, open.id);
  EXPECT_EQ(periods->at(0).begin, kNow);
  EXPECT_EQ(periods->at(0).end, std::nullopt);
  EXPECT_EQ(periods->at(1).id, timed.id);
  EXPECT_EQ(periods->at(1).begin, kNow + kHour);
  EXPECT_EQ(periods->at(1).end, kNow + 2 * kHour);
  EXPECT_THAT(*campaigns_.ListPeriods(first_, kPoll), IsEmpty());
}

TEST_F(CampaignsTest, AllIsThereAfterOpeningAgain) {
  const Campaign made = Activate(Json("n", StartsAt(kNow + kHour)));
  const auto reopened = OpenSqliteCatalog(catalog_.directory().file(), OldSchema::kMigrate);
  ASSERT_TRUE(reopened);
  const auto found = (*reopened)->campaigns().Find(made.key());
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->content.json, made.content.json);
  EXPECT_EQ((*found)->activated, kNow);
  EXPECT_EQ((*found)->StateAt(kNow), CampaignState::kScheduled);
}

}  // namespace
}  // namespace rawhaul
