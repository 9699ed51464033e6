#include "api/push_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

#include "api/campaign_json.h"
#include "api/request_body.h"
#include "model/campaign_members.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

// What a push leaves as it is, whatever its data say; manualPush is an old name of pushMode.
constexpr std::array<std::string_view, 6> kNotOverridden{"name",     "audience", "startTime",
                                                         "timezone", "pushMode", "manualPush"};

std::string Text(const json::value& value) { return std::string(value.as_string()); }

Result<std::vector<std::string>> ParseDeviceIds(const json::object& object) {
  constexpr std::string_view kForm = "deviceIds must be an array of the ids of devices.";
  const json::value* ids = FindMember(object, "deviceIds");
  if (ids == nullptr || !ids->is_array()) return InvalidBody(std::string(kForm));
  std::vector<std::string> out;
  for (const json::value& id : ids->get_array()) {
    if (!id.is_string()) return InvalidBody(std::string(kForm));
    out.push_back(Text(id));
  }
  return out;
}

Result<const json::object*> FindData(const json::object& object) {
  const json::value* data = FindMember(object, "data");
  if (data == nullptr) return nullptr;
  if (!data->is_object()) return InvalidBody("data must be an object, a campaign.");
  return &data->get_object();
}

bool HaveSameShape(const std::vector<PollQuestion>& a, const std::vector<PollQuestion>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const PollQuestion& left, const PollQuestion& right) {
                      return left.choices.size() == right.choices.size();
                    });
}

Result<CampaignContent> PutOver(const Campaign& campaign, const json::object& data) {
  json::object known = data;
  known.erase("manualPush");
  RAWHAUL_TRY(CheckCampaignMembers(known, "data."));
  json::object merged = json::parse(campaign.content.json).as_object();
  for (const auto& [key, value] : data) {
    const bool kept = std::find(kNotOverridden.begin(), kNotOverridden.end(),
                                std::string_view(key.data(), key.size())) != kNotOverridden.end();
    if (!kept) merged[key] = value;
  }
  RAWHAUL_ASSIGN(CampaignContent content, ReadCampaign(json::serialize(merged), campaign.kind));
  if (!HaveSameShape(content.questions, campaign.content.questions)) {
    return InvalidBody(fmt::format(
        "data.questions must have as many questions and choices as the poll {} has.", campaign.id));
  }
  return content;
}

Status ParseLanguage(const json::object& object, std::string& language) {
  const json::value* lang = FindMember(object, "lang");
  if (lang == nullptr) return {};
  if (!lang->is_string()) return InvalidBody("lang must be the code of a language, such as en.");
  language = Text(*lang);
  return {};
}

Result<std::string> ParseNewContent(const json::object& object, CampaignType kind) {
  RAWHAUL_ASSIGN(const json::object* data, FindData(object));
  if (data == nullptr) return InvalidBody("data is missing: the campaign to test.");
  json::object named = *data;
  if (FindMember(named, "name") == nullptr) named["name"] = "test";  // it is never told
  RAWHAUL_ASSIGN(CampaignContent content, ParseCampaign(json::serialize(named), kind));
  return std::move(content.json);
}

}  // namespace

Result<PushBody> ParsePushBody(std::string_view body, const Campaign& campaign) {
  constexpr std::array<std::string_view, 2> kMembers{"deviceIds", "data"};
  RAWHAUL_ASSIGN(const json::object object, ParseBodyObject(body, kMembers));
  PushBody out;
  RAWHAUL_ASSIGN(out.device_ids, ParseDeviceIds(object));
  RAWHAUL_ASSIGN(const json::object* data, FindData(object));
  if (data == nullptr) return out;
  RAWHAUL_ASSIGN(out.content, PutOver(campaign, *data));
  return out;
}

Result<TestBody> ParseTestBody(std::string_view body, TestOf what, CampaignType kind) {
  constexpr std::array<std::string_view, 3> kMembers{"deviceId", "lang", "data"};
  const std::span members(kMembers);
  RAWHAUL_ASSIGN(const json::object object,
                 ParseBodyObject(body, what == TestOf::kNew ? members : members.first(2)));
  TestBody out;
  const json::value* device = FindMember(object, "deviceId");
  if (device == nullptr || !device->is_string()) return InvalidBody("deviceId must be the id of a device.");
  out.device_id = Text(*device);
  RAWHAUL_TRY(ParseLanguage(object, out.language));
  if (what == TestOf::kStored) return out;
  RAWHAUL_ASSIGN(out.content, ParseNewContent(object, kind));
  return out;
}

}  // namespace rawhaul::api
