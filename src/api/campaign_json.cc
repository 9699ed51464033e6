#include "api/campaign_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "api/request_body.h"
#include "audience/audience.h"
#include "base/encoding.h"
#include "model/campaign_content.h"
#include "model/campaign_members.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

// Takes the word before the next space off the front of `text`.
std::string_view TakeWord(std::string_view& text) {
  const size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const size_t end = std::min(text.find(' ', begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

std::string_view Unquote(std::string_view word) {
  const bool quoted = word.size() >= 2 && word.starts_with('\'') && word.ends_with('\'');
  return quoted ? word.substr(1, word.size() - 2) : std::string_view();
}

void SetTime(json::object& object, std::string_view name, const std::optional<Timestamp>& time) {
  if (time) object[name] = FormatTimestamp(*time);
}

void SetState(json::object& object, const Campaign& campaign, Timestamp now) {
  const CampaignState state = campaign.StateAt(now);
  object["id"] = campaign.id;
  object["state"] = ToString(state);
  SetTime(object, "activatedDate", campaign.activated);
  if (state == CampaignState::kFinished) SetTime(object, "finishedDate", campaign.end());
}

}  // namespace

Result<CampaignContent> ParseCampaign(std::string_view body, CampaignType kind) {
  RAWHAUL_ASSIGN(const json::object campaign, ParseBodyObject(body));
  RAWHAUL_TRY(CheckCampaignMembers(campaign));
  return ReadCampaign(body, kind);
}

Result<CampaignContent> ReadCampaign(std::string_view text, CampaignType kind) {
  RAWHAUL_ASSIGN(CampaignContent content, ParseCampaignContent(text, kind));
  if (content.audience.empty()) return content;
  RAWHAUL_ASSIGN(const Audience audience, ParseAudience(content.audience));
  if (content.push_mode == PushMode::kManual && !audience.only_push_quota()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "The audience of a campaign whose pushMode is manual can hold nothing but the filter push-quota.",
        "InvalidAudience");
  }
  return content;
}

Result<std::optional<CampaignState>> StateFilter(const http::Request& request) {
  const std::string* text = request.query_parameter("$filter");
  if (text == nullptr) return std::nullopt;
  std::string_view rest = *text;
  const bool by_state = EqualsIgnoreCase(TakeWord(rest), "state");
  const bool equals = EqualsIgnoreCase(TakeWord(rest), "eq");
  const auto state = ParseCampaignState(Unquote(TakeWord(rest)));
  if (by_state && equals && state && TakeWord(rest).empty()) return state;
  return Fail(
      ErrorCode::kInvalidArgument,
      "$filter must be state eq '{state}', where {state} is draft, scheduled, in-progress or finished.",
      "InvalidParameter");
}

json::object ToJson(const Campaign& campaign, Timestamp now) {
  json::object out = json::parse(campaign.content.json).as_object();
  SetState(out, campaign, now);
  return out;
}

json::object ToListItem(const Campaign& campaign, Timestamp now) {
  json::object out;
  SetState(out, campaign, now);
  out["name"] = campaign.content.name;
  SetTime(out, "startTime", campaign.content.starts);
  SetTime(out, "endTime", campaign.content.ends);
  if (!campaign.content.timezone.empty()) out["timezone"] = campaign.content.timezone;
  return out;
}

json::object ToStateJson(const Campaign& campaign, Timestamp now) {
  return {{"id", campaign.id}, {"state", ToString(campaign.StateAt(now))}};
}

}  // namespace rawhaul::api
