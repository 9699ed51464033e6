// Push campaigns: what their makers wrote, and where they are in their life. Wire names: REST API 2014-12-01,
// model Campaign; docs/api.md, "Campaigns".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/feedback.h"

namespace rawhaul {

// A kind of campaigns as it stands in paths: "announcements".
std::string_view PathNameOf(CampaignType kind);
std::optional<CampaignType> ParseCampaignPathName(std::string_view text);  // in any case

enum class CampaignState { kDraft, kScheduled, kInProgress, kFinished };
std::string_view ToString(CampaignState state);                          // "in-progress"
std::optional<CampaignState> ParseCampaignState(std::string_view text);  // in any case

enum class PushMode { kRealTime, kOneShot, kManual };
enum class DeliveryTime { kAny, kBackground, kSession };

struct PollQuestion {
  uint64_t id = 0;
  std::vector<uint64_t> choices;  // their ids
};

// What a client wrote. The server acts on the members behind `json` alone, which are read from it.
struct CampaignContent {
  std::string json;  // an object: all that was sent, and the ids of questions and choices
  std::string name;
  PushMode push_mode = PushMode::kRealTime;
  DeliveryTime delivery_time = DeliveryTime::kAny;
  std::vector<std::string> delivery_activities;  // empty: all
  std::string audience;                          // a JSON object; empty: everybody
  std::optional<Timestamp> starts;               // none: as soon as it is activated; none of manual ones
  std::optional<Timestamp> ends;                 // not included; after `starts`
  std::string timezone;                          // an IANA name in which the times were given; empty: UTC
  std::vector<PollQuestion> questions;           // ids are unique in the poll
};

struct CampaignKey {
  uint32_t app = 0;
  CampaignType kind = CampaignType::kAnnouncement;
  uint64_t id = 0;
};

// What is known of a campaign changes with what clients do only; its state follows from that and the time.
struct Campaign {
  uint64_t id = 0;  // unique over all apps and kinds, and never given again
  uint32_t app = 0;
  CampaignType kind = CampaignType::kAnnouncement;
  CampaignContent content;
  std::optional<Timestamp> activated;  // as long as it is not suspended
  std::optional<Timestamp> finished;   // by a client, before `content.ends`

  CampaignKey key() const { return {app, kind, id}; }
  CampaignState StateAt(Timestamp now) const;
  // When it gets, or got, to be in progress; none for a draft.
  std::optional<Timestamp> begin() const;
  // When it is, or was, finished; none for a draft, and when only a client will end it.
  std::optional<Timestamp> end() const;
};

enum class CampaignAction { kUpdate, kDelete, kActivate, kSuspend, kFinish };
// kInvalidArgument with the reason InvalidCampaignState when `campaign` is in no state for `action`, or
// InvalidCampaign when it lacks what it needs to be activated. The message says what would be right.
Status CheckAllowed(const Campaign& campaign, CampaignAction action, Timestamp now);

}  // namespace rawhaul
