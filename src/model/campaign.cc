#include "model/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/names.h"

namespace rawhaul {
namespace {

constexpr Names<CampaignType, 4> kPathNames{{
    {CampaignType::kAnnouncement, "announcements"},
    {CampaignType::kPoll, "polls"},
    {CampaignType::kDataPush, "dataPushes"},
    {CampaignType::kNativePush, "nativePushes"},
}};

constexpr Names<CampaignState, 4> kStates{{
    {CampaignState::kDraft, "draft"},
    {CampaignState::kScheduled, "scheduled"},
    {CampaignState::kInProgress, "in-progress"},
    {CampaignState::kFinished, "finished"},
}};

struct ActionRule {
  std::string_view done;         // what is done to the campaign
  std::string_view only;         // to which ones alone
  bool allowed[kStates.size()];  // by state
};

ActionRule RuleOf(CampaignAction action) {
  switch (action) {
    case CampaignAction::kUpdate:
      return {"updated", "a draft", {true, false, false, false}};
    case CampaignAction::kDelete:
      return {"deleted", "a draft or a finished one", {true, false, false, true}};
    case CampaignAction::kActivate:
      return {"activated", "a draft", {true, false, false, false}};
    case CampaignAction::kSuspend:
      return {"suspended", "a scheduled one", {false, true, false, false}};
    case CampaignAction::kFinish:
      return {"finished", "one in progress", {false, false, true, false}};
  }
  return {};
}

tl::unexpected<Error> Incomplete(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidCampaign");
}

Status CheckComplete(const Campaign& campaign, Timestamp now) {
  const CampaignContent& content = campaign.content;
  if (content.ends && *content.ends <= now) {
    return Incomplete(fmt::format("The endTime of the campaign {}, {}, has passed: set a later one, or none.",
                                  campaign.id, FormatTimestamp(*content.ends)));
  }
  if (campaign.kind != CampaignType::kPoll) return {};
  const bool has_choices =
      std::all_of(content.questions.begin(), content.questions.end(),
                  [](const PollQuestion& question) { return !question.choices.empty(); });
  if (!content.questions.empty() && has_choices) return {};
  return Incomplete(fmt::format(
      "The poll {} needs at least one question, and each of them at least one choice.", campaign.id));
}

}  // namespace

std::string_view PathNameOf(CampaignType kind) { return NameOf(kPathNames, kind); }
std::optional<CampaignType> ParseCampaignPathName(std::string_view text) { return ValueOf(kPathNames, text); }

std::string_view ToString(CampaignState state) { return NameOf(kStates, state); }
std::optional<CampaignState> ParseCampaignState(std::string_view text) { return ValueOf(kStates, text); }

CampaignState Campaign::StateAt(Timestamp now) const {
  if (!activated) return CampaignState::kDraft;
  if (finished || (content.ends && *content.ends <= now)) return CampaignState::kFinished;
  return *begin() <= now ? CampaignState::kInProgress : CampaignState::kScheduled;
}

std::optional<Timestamp> Campaign::begin() const {
  return activated && content.starts ? std::max(*activated, *content.starts) : activated;
}

std::optional<Timestamp> Campaign::end() const {
  if (!activated) return std::nullopt;
  return finished ? finished : content.ends;
}

Status CheckAllowed(const Campaign& campaign, CampaignAction action, Timestamp now) {
  const CampaignState state = campaign.StateAt(now);
  const ActionRule rule = RuleOf(action);
  if (!rule.allowed[static_cast<size_t>(state)]) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("The campaign {} is {}; only {} can be {}.", campaign.id, ToString(state),
                            rule.only, rule.done),
                "InvalidCampaignState");
  }
  return action == CampaignAction::kActivate ? CheckComplete(campaign, now) : Status();
}

}  // namespace rawhaul
