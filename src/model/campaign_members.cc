#include "model/campaign_members.h"

#include <array>

#include "model/json_members.h"

namespace rawhaul {
namespace {

using Within = JsonShape::Within;
using Form = Within::Form;
using Name = std::string_view;

constexpr std::array<Name, 4> kOptionMembers{"bigText", "bigPicture", "sound", "actionText"};
constexpr JsonShape kOptions{kOptionMembers};

constexpr std::array<Name, 10> kLocalizationMembers{"notificationTitle",
                                                    "notificationMessage",
                                                    "notificationImage",
                                                    "notificationOptions",
                                                    "title",
                                                    "body",
                                                    "actionButtonText",
                                                    "exitButtonText",
                                                    "actionUrl",
                                                    "payload"};
constexpr std::array<Within, 1> kWithinLocalization{{{"notificationOptions", Form::kObject, &kOptions}}};
constexpr JsonShape kLocalization{kLocalizationMembers, kWithinLocalization};

constexpr std::array<Name, 1> kTitleMembers{"title"};
constexpr JsonShape kTitle{kTitleMembers};
constexpr std::array<Within, 1> kWithinChoice{{{"localization", Form::kEntries, &kTitle}}};
constexpr std::array<Name, 4> kChoiceMembers{"title", "id", "localization", "isDefault"};
constexpr JsonShape kChoice{kChoiceMembers, kWithinChoice};
constexpr std::array<Name, 4> kQuestionMembers{"title", "id", "localization", "choices"};
constexpr std::array<Within, 2> kWithinQuestion{
    {{"localization", Form::kEntries, &kTitle}, {"choices", Form::kElements, &kChoice}}};
constexpr JsonShape kQuestion{kQuestionMembers, kWithinQuestion};

// Of criteria and filters of all types: what one of them needs is checked where it is read.
constexpr std::array<Name, 16> kCriterionMembers{
    "type",      "name",   "value", "op",  "country", "region",     "locality", "content-id",
    "choice-id", "action", "lat",   "lon", "radius",  "expiration", "id",       "exclude"};
constexpr JsonShape kCriterion{kCriterionMembers};
constexpr std::array<Name, 4> kFilterMembers{"type", "max", "threshold", "appInfo"};
constexpr JsonShape kFilter{kFilterMembers};
constexpr std::array<Name, 3> kAudienceMembers{"expression", "criteria", "filters"};
constexpr std::array<Within, 2> kWithinAudience{
    {{"criteria", Form::kEntries, &kCriterion}, {"filters", Form::kElements, &kFilter}}};
constexpr JsonShape kAudience{kAudienceMembers, kWithinAudience};

// Behind questions: what is answered.
constexpr std::array<Name, 32> kCampaignMembers{"notificationTitle",
                                                "notificationMessage",
                                                "notificationImage",
                                                "notificationOptions",
                                                "title",
                                                "body",
                                                "actionButtonText",
                                                "exitButtonText",
                                                "actionUrl",
                                                "payload",
                                                "name",
                                                "audience",
                                                "category",
                                                "pushMode",
                                                "type",
                                                "deliveryTime",
                                                "deliveryActivities",
                                                "startTime",
                                                "endTime",
                                                "timezone",
                                                "notificationType",
                                                "notificationIcon",
                                                "notificationCloseable",
                                                "notificationVibrate",
                                                "notificationSound",
                                                "notificationBadge",
                                                "localization",
                                                "questions",
                                                "id",
                                                "state",
                                                "activatedDate",
                                                "finishedDate"};
constexpr std::array<Within, 4> kWithinCampaign{{{"notificationOptions", Form::kObject, &kOptions},
                                                 {"audience", Form::kObject, &kAudience},
                                                 {"localization", Form::kEntries, &kLocalization},
                                                 {"questions", Form::kElements, &kQuestion}}};
constexpr JsonShape kCampaign{kCampaignMembers, kWithinCampaign};

}  // namespace

Status CheckCampaignMembers(const boost::json::object& campaign, std::string_view where) {
  return CheckMembers(campaign, kCampaign, where);
}

}  // namespace rawhaul
