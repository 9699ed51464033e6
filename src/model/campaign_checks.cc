#include "model/campaign_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/encoding.h"
#include "base/time_zone.h"
#include "base/unicode.h"
#include "model/campaign.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using Words = std::span<const std::string_view>;

constexpr size_t kMaxNameCharacters = 64;
constexpr size_t kMaxImageBytes = 65535;
constexpr size_t kMaxAudienceBytes = 65535;
// Apple took 256 bytes when the API was made, and takes 4 KiB today, as Google does.
constexpr size_t kMaxPayloadBytes = 4096;
constexpr size_t kNoLimit = SIZE_MAX;  // but that of the body

struct TextLimit {
  std::string_view name;
  size_t max_characters;
};
constexpr std::array<TextLimit, 7> kLocalizedTexts{{{"notificationTitle", 2000},
                                                    {"notificationMessage", 4000},
                                                    {"title", 128},
                                                    {"body", 65535},
                                                    {"actionButtonText", 64},
                                                    {"exitButtonText", 64},
                                                    {"actionUrl", 2000}}};
constexpr std::array<TextLimit, 4> kOptionTexts{
    {{"bigText", 4000}, {"bigPicture", 2000}, {"sound", kNoLimit}, {"actionText", kNoLimit}}};
constexpr std::array<TextLimit, 4> kCampaignTexts{
    {{"category", 64}, {"startTime", kNoLimit}, {"endTime", kNoLimit}, {"timezone", kNoLimit}}};
constexpr std::array<TextLimit, 1> kQuestionTexts{{{"title", 256}}};

constexpr std::array<std::string_view, 5> kFlags{"notificationIcon", "notificationCloseable",
                                                 "notificationVibrate", "notificationSound",
                                                 "notificationBadge"};

constexpr std::array<std::string_view, 3> kPushModes{"real-time", "one-shot", "manual"};
constexpr std::array<std::string_view, 3> kDeliveryTimes{"any", "background", "session"};
constexpr std::array<std::string_view, 2> kNotificationTypes{"system", "popup"};
constexpr std::array<std::string_view, 3> kAnnouncementTypes{"text/plain", "text/html", "only_notif"};
constexpr std::array<std::string_view, 2> kDataPushTypes{"text/plain", "text/base64"};

// A part of a campaign, and where it stands in it: "localization.fr.", empty for the campaign itself.
struct Part {
  const json::object& object;
  std::string where;

  // nullptr when absent or null.
  const json::value* Find(std::string_view name) const {
    const json::value* value = object.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  tl::unexpected<Error> Bad(std::string_view name, std::string_view why) const {
    return BadCampaign(fmt::format("{}{} {}.", where, name, why));
  }
};

std::string_view View(const json::value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

Status CheckText(const Part& part, const TextLimit& limit) {
  const json::value* text = part.Find(limit.name);
  if (text == nullptr) return {};
  if (!text->is_string()) return part.Bad(limit.name, "must be a string");
  const size_t count = CountCharacters(View(*text));
  if (count <= limit.max_characters) return {};
  return part.Bad(limit.name,
                  fmt::format("has {} characters; at most {} are allowed", count, limit.max_characters));
}

Status CheckTexts(const Part& part, std::span<const TextLimit> limits) {
  for (const TextLimit& limit : limits) RAWHAUL_TRY(CheckText(part, limit));
  return {};
}

Status CheckFlag(const Part& part, std::string_view name) {
  const json::value* flag = part.Find(name);
  return flag == nullptr || flag->is_bool() ? Status() : part.Bad(name, "must be true or false");
}

Status CheckWord(const Part& part, std::string_view name, Words words) {
  const json::value* word = part.Find(name);
  if (word == nullptr) return {};
  const bool known =
      word->is_string() && std::any_of(words.begin(), words.end(), [&](std::string_view allowed) {
        return EqualsIgnoreCase(allowed, View(*word));
      });
  return known ? Status() : part.Bad(name, fmt::format("must be one of: {}", fmt::join(words, ", ")));
}

// Calls `check` with the object `name`, when there is one.
template <typename Check>
Status CheckObject(const Part& part, std::string_view name, const Check& check) {
  const json::value* value = part.Find(name);
  if (value == nullptr) return {};
  if (!value->is_object()) return part.Bad(name, "must be an object");
  return check(Part{value->get_object(), fmt::format("{}{}.", part.where, name)});
}

// Calls `check` with each entry of the object `name`, all of which must be objects.
template <typename Check>
Status CheckEntries(const Part& part, std::string_view name, const Check& check) {
  return CheckObject(part, name, [&](const Part& entries) -> Status {
    for (const auto& entry : entries.object) RAWHAUL_TRY(CheckObject(entries, entry.key(), check));
    return {};
  });
}

// Calls `check` with each element of the array `name`, all of which must be objects.
template <typename Check>
Status CheckElements(const Part& part, std::string_view name, const Check& check) {
  const json::value* value = part.Find(name);
  if (value == nullptr) return {};
  if (!value->is_array()) return part.Bad(name, "must be an array of objects");
  size_t index = 0;
  for (const json::value& element : value->get_array()) {
    if (!element.is_object()) return part.Bad(name, "must be an array of objects");
    RAWHAUL_TRY(check(Part{element.get_object(), fmt::format("{}{}[{}].", part.where, name, index++)}));
  }
  return {};
}

Status CheckImage(const Part& part) {
  const json::value* image = part.Find("notificationImage");
  if (image == nullptr) return {};
  const auto bytes = image->is_string() ? Base64Decode(View(*image)) : std::nullopt;
  if (!bytes) return part.Bad("notificationImage", "must be an image as base64");
  if (bytes->size() <= kMaxImageBytes) return {};
  return part.Bad("notificationImage",
                  fmt::format("has {} bytes; at most {} are allowed", bytes->size(), kMaxImageBytes));
}

Status CheckPayload(const Part& part, CampaignType kind) {
  const json::value* payload = part.Find("payload");
  if (payload == nullptr) return {};
  if (kind != CampaignType::kNativePush) return part.Bad("payload", "is for native pushes");
  const size_t bytes = json::serialize(*payload).size();
  if (bytes <= kMaxPayloadBytes) return {};
  return part.Bad("payload",
                  fmt::format("has {} bytes as JSON; at most {} are allowed", bytes, kMaxPayloadBytes));
}

// What a campaign and each of its localizations have.
Status CheckLocalized(const Part& part, CampaignType kind) {
  RAWHAUL_TRY(CheckTexts(part, kLocalizedTexts));
  RAWHAUL_TRY(CheckImage(part));
  RAWHAUL_TRY(CheckPayload(part, kind));
  return CheckObject(part, "notificationOptions",
                     [](const Part& options) { return CheckTexts(options, kOptionTexts); });
}

Status CheckTitles(const Part& part) {
  RAWHAUL_TRY(CheckTexts(part, kQuestionTexts));
  return CheckEntries(part, "localization",
                      [](const Part& entry) { return CheckTexts(entry, kQuestionTexts); });
}

Status CheckChoice(const Part& choice) {
  RAWHAUL_TRY(CheckTitles(choice));
  return CheckFlag(choice, "isDefault");
}

Status CheckQuestions(const Part& campaign, CampaignType kind) {
  if (campaign.Find("questions") != nullptr && kind != CampaignType::kPoll) {
    return campaign.Bad("questions", "are for polls");
  }
  return CheckElements(campaign, "questions", [](const Part& question) -> Status {
    RAWHAUL_TRY(CheckTitles(question));
    return CheckElements(question, "choices", CheckChoice);
  });
}

Status CheckType(const Part& campaign, CampaignType kind) {
  if (kind == CampaignType::kAnnouncement) return CheckWord(campaign, "type", kAnnouncementTypes);
  if (kind == CampaignType::kDataPush) return CheckWord(campaign, "type", kDataPushTypes);
  if (campaign.Find("type") == nullptr) return {};
  return campaign.Bad("type", "is for announcements and data pushes");
}

Status CheckWords(const Part& campaign, CampaignType kind) {
  RAWHAUL_TRY(CheckWord(campaign, "pushMode", kPushModes));
  RAWHAUL_TRY(CheckWord(campaign, "deliveryTime", kDeliveryTimes));
  RAWHAUL_TRY(CheckWord(campaign, "notificationType", kNotificationTypes));
  return CheckType(campaign, kind);
}

Status CheckActivities(const Part& campaign) {
  const json::value* activities = campaign.Find("deliveryActivities");
  if (activities == nullptr) return {};
  const auto is_text = [](const json::value& value) { return value.is_string(); };
  if (activities->is_array() &&
      std::all_of(activities->get_array().begin(), activities->get_array().end(), is_text))
    return {};
  return campaign.Bad("deliveryActivities", "must be an array of names of activities");
}

Status CheckAudience(const Part& campaign) {
  return CheckObject(campaign, "audience", [&](const Part& audience) -> Status {
    const size_t bytes = json::serialize(audience.object).size();
    if (bytes <= kMaxAudienceBytes) return {};
    return campaign.Bad(
        "audience", fmt::format("has {} bytes as JSON; at most {} are allowed", bytes, kMaxAudienceBytes));
  });
}

Status CheckName(const Part& campaign) {
  const json::value* name = campaign.Find("name");
  if (name == nullptr) return campaign.Bad("name", "is missing");
  RAWHAUL_TRY(CheckText(campaign, {"name", kMaxNameCharacters}));
  if (View(*name).empty()) return campaign.Bad("name", "is empty");
  const auto is_control = [](char c) { return static_cast<uint8_t>(c) < 0x20; };
  if (std::none_of(View(*name).begin(), View(*name).end(), is_control)) return {};
  return campaign.Bad("name", "must not hold a control character");
}

// A campaign without times may name a zone, too.
Status CheckZone(const Part& campaign) {
  const json::value* zone = campaign.Find("timezone");
  if (zone == nullptr || View(*zone).empty() || AtWallClock(Timestamp(), View(*zone))) return {};
  RAWHAUL_TRY(CheckTimeZones());
  return campaign.Bad("timezone", "must be the id of a time zone, such as America/Los_Angeles");
}

Status CheckBase64Body(const Part& campaign) {
  const json::value* type = campaign.Find("type");
  const json::value* body = campaign.Find("body");
  if (type == nullptr || body == nullptr || !EqualsIgnoreCase(View(*type), "text/base64")) return {};
  return Base64Decode(View(*body)) ? Status() : campaign.Bad("body", "must be base64, as type says");
}

}  // namespace

tl::unexpected<Error> BadCampaign(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidBody");
}

Status CheckCampaign(const json::object& object, CampaignType kind) {
  const Part campaign{object, ""};
  RAWHAUL_TRY(CheckName(campaign));
  RAWHAUL_TRY(CheckTexts(campaign, kCampaignTexts));
  RAWHAUL_TRY(CheckZone(campaign));
  RAWHAUL_TRY(CheckLocalized(campaign, kind));
  RAWHAUL_TRY(CheckEntries(campaign, "localization",
                           [kind](const Part& localized) { return CheckLocalized(localized, kind); }));
  for (const std::string_view flag : kFlags) RAWHAUL_TRY(CheckFlag(campaign, flag));
  RAWHAUL_TRY(CheckWords(campaign, kind));
  RAWHAUL_TRY(CheckActivities(campaign));
  RAWHAUL_TRY(CheckBase64Body(campaign));
  RAWHAUL_TRY(CheckAudience(campaign));
  return CheckQuestions(campaign, kind);
}

}  // namespace rawhaul
