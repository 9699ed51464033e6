#include "model/campaign_content.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "base/encoding.h"
#include "base/time_zone.h"
#include "base/unicode.h"
#include "model/campaign_checks.h"
#include "model/json_fault.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

// Empty when there is none.
std::string_view TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? View(value->get_string()) : std::string_view();
}

const json::array* ArrayOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->if_array() : nullptr;
}

// What clients read, and may send back.
constexpr std::string_view kSetByServer[] = {"id", "state", "activatedDate", "finishedDate"};

void NumberQuestions(json::object& campaign) {
  uint64_t id = 0;
  json::value* questions = campaign.if_contains("questions");
  if (questions == nullptr || !questions->is_array()) return;
  for (json::value& question : questions->get_array()) {
    question.get_object()["id"] = ++id;
    json::value* choices = question.get_object().if_contains("choices");
    if (choices == nullptr || !choices->is_array()) continue;
    for (json::value& choice : choices->get_array()) choice.get_object()["id"] = ++id;
  }
}

std::vector<PollQuestion> ReadQuestions(const json::object& campaign) {
  std::vector<PollQuestion> out;
  const json::array* questions = ArrayOf(campaign, "questions");
  if (questions == nullptr) return out;
  for (const json::value& question : *questions) {
    PollQuestion& read = out.emplace_back();
    read.id = question.at("id").to_number<uint64_t>();
    const json::array* choices = ArrayOf(question.as_object(), "choices");
    if (choices == nullptr) continue;
    for (const json::value& choice : *choices) read.choices.push_back(choice.at("id").to_number<uint64_t>());
  }
  return out;
}

PushMode ReadPushMode(const json::object& campaign, CampaignType kind) {
  const std::string_view text = TextOf(campaign, "pushMode");
  if (EqualsIgnoreCase(text, "manual")) return PushMode::kManual;
  const bool by_default = text.empty() && kind == CampaignType::kNativePush;
  return by_default || EqualsIgnoreCase(text, "one-shot") ? PushMode::kOneShot : PushMode::kRealTime;
}

DeliveryTime ReadDeliveryTime(const json::object& campaign) {
  const std::string_view text = TextOf(campaign, "deliveryTime");
  if (EqualsIgnoreCase(text, "background")) return DeliveryTime::kBackground;
  return EqualsIgnoreCase(text, "session") ? DeliveryTime::kSession : DeliveryTime::kAny;
}

// Throws when `campaign` is not of the form that ParseCampaignContent makes.
CampaignContent Read(const json::object& campaign, CampaignType kind) {
  CampaignContent content;
  content.name = View(campaign.at("name").as_string());
  content.push_mode = ReadPushMode(campaign, kind);
  content.delivery_time = ReadDeliveryTime(campaign);
  if (const json::array* activities = ArrayOf(campaign, "deliveryActivities")) {
    for (const json::value& name : *activities)
      content.delivery_activities.emplace_back(View(name.as_string()));
  }
  const json::value* audience = campaign.if_contains("audience");
  if (audience != nullptr && audience->is_object()) content.audience = json::serialize(*audience);
  content.timezone = TextOf(campaign, "timezone");
  content.questions = ReadQuestions(campaign);
  return content;
}

Result<std::optional<Timestamp>> ReadTime(const json::object& campaign, std::string_view name) {
  const std::string_view text = TextOf(campaign, name);
  if (text.empty()) return std::nullopt;
  return ParseCampaignTime(name, text, TextOf(campaign, "timezone"));
}

Status ReadTimes(const json::object& campaign, CampaignContent& content) {
  RAWHAUL_ASSIGN(content.starts, ReadTime(campaign, "startTime"));
  RAWHAUL_ASSIGN(content.ends, ReadTime(campaign, "endTime"));
  if (content.push_mode == PushMode::kManual) content.starts.reset();
  if (content.starts && content.ends && *content.ends <= *content.starts) {
    return BadCampaign("endTime must be after startTime.");
  }
  return {};
}

// Of Boost.JSON 1.81, what is not finite and the zero with a sign are written as what it cannot read again,
// and 50.0 as 5E1, which readers of integers refuse.
Status MakeNumbersStorable(json::value& value) {
  if (json::object* object = value.if_object()) {
    for (auto& member : *object) RAWHAUL_TRY(MakeNumbersStorable(member.value()));
  } else if (json::array* array = value.if_array()) {
    for (json::value& element : *array) RAWHAUL_TRY(MakeNumbersStorable(element));
  } else if (const double* number = value.if_double()) {
    if (!std::isfinite(*number))
      return BadCampaign("A number of the body is too large: at most 1.79e308 is allowed.");
    constexpr double kAllIntegersBelow = 0x1p53;
    if (std::trunc(*number) == *number && std::abs(*number) < kAllIntegersBelow)
      value = static_cast<int64_t>(*number);
  }
  return {};
}

Result<json::object> ParseObject(std::string text) {
  ReplaceUnstorableEscapes(text);
  boost::system::error_code error;
  json::value value = json::parse(WithoutByteOrderMark(text), error);
  if (error) {
    return BadCampaign(
        fmt::format("The body is not JSON: {}.", FindJsonFault(text).value_or(error.message())));
  }
  if (!value.is_object()) return BadCampaign("The body must be a JSON object, a campaign.");
  RAWHAUL_TRY(MakeNumbersStorable(value));
  return std::move(value.get_object());
}

// Cuts Z or an offset off the end of `text` and returns it; empty when there is none.
std::string TakeOffset(std::string_view& text) {
  constexpr size_t kDayLength = 10;  // the hyphens of the day are no offset
  if (text.ends_with('Z') || text.ends_with('z')) {
    text.remove_suffix(1);
    return "Z";
  }
  const size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < kDayLength) return "";
  std::string offset(text.substr(sign));
  text = text.substr(0, sign);
  return offset;
}

}  // namespace

Result<CampaignContent> ParseCampaignContent(std::string_view text, CampaignType kind) {
  RAWHAUL_ASSIGN(json::object campaign, ParseObject(std::string(text)));
  RAWHAUL_TRY(CheckCampaign(campaign, kind));
  for (const std::string_view name : kSetByServer) campaign.stable_erase(name);
  NumberQuestions(campaign);
  CampaignContent content = Read(campaign, kind);
  content.json = json::serialize(campaign);
  RAWHAUL_TRY(ReadTimes(campaign, content));
  return content;
}

Result<CampaignContent> LoadCampaignContent(std::string_view text, CampaignType kind) {
  try {
    CampaignContent content = Read(json::parse(text).as_object(), kind);
    content.json = text;
    return content;
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the stored content of a campaign is damaged: {}", error.what()));
  }
}

Result<Timestamp> ParseCampaignTime(std::string_view name, std::string_view text, std::string_view zone) {
  std::string_view local = text;
  const std::string offset = TakeOffset(local);
  const bool is_exact = !offset.empty() && offset != "Z";
  const auto time = ParseTimestamp(fmt::format("{}{}", local, is_exact ? offset : "Z"));
  if (!time) {
    return BadCampaign(fmt::format(
        "{} must be a time of the form yyyy-MM-ddTHH:mm:ssZ, such as 2016-04-26T09:30:00Z.", name));
  }
  if (is_exact || zone.empty()) return *time;
  const auto at = AtWallClock(*time, zone);
  if (!at) return BadCampaign("timezone must be the id of a time zone, such as America/Los_Angeles.");
  if (*at < Timestamp() || *at > kLastInstant) {
    return BadCampaign(fmt::format("{} must lie in the years 1970 to 9999, in UTC, too.", name));
  }
  return *at;
}

}  // namespace rawhaul
