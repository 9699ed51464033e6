#include "client/new_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace rawhaul::client {
namespace {

namespace json = boost::json;
using Selects = ExportKind::Selects;

constexpr std::array<ExportKind, 11> kKinds{{
    {"activities", "activities", Selects::kDays},
    {"crashes", "crashes", Selects::kDays},
    {"errors", "errors", Selects::kDays},
    {"events", "events", Selects::kDays},
    {"jobs", "jobs", Selects::kDays},
    {"sessions", "sessions", Selects::kDays},
    {"tags", "tags", Selects::kNow},
    {"tokens", "tokens", Selects::kNow},
    {"devices", "devices", Selects::kNow},
    {"feedback-by-date", "feedbackByDate", Selects::kWindow},
    {"feedback-by-campaign", "feedbackByCampaign", Selects::kCampaigns},
}};

constexpr std::string_view kStartOfDay = "T00:00:00Z";
constexpr std::string_view kEndOfDay = "T23:59:59.999Z";

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool HasDates(const NewExport& wanted) { return !wanted.from.empty() || !wanted.to.empty(); }

Status CheckMeaning(const ExportKind& kind, const NewExport& wanted) {
  const bool is_feedback = kind.selects == Selects::kWindow || kind.selects == Selects::kCampaigns;
  const bool has_dates = HasDates(wanted);
  if (kind.selects == Selects::kNow && has_dates) {
    return Bad(fmt::format("{} are exported as they are now: leave out --from and --to", kind.name));
  }
  if (kind.selects == Selects::kCampaigns && has_dates) {
    return Bad(fmt::format("{} takes --campaign, and neither --from nor --to", kind.name));
  }
  if (kind.selects != Selects::kCampaigns && !wanted.campaigns.empty()) {
    return Bad(fmt::format("--campaign is for feedback-by-campaign, not for {}", kind.name));
  }
  if (!is_feedback && !wanted.campaign_type.empty()) {
    return Bad(fmt::format("--campaign-type is for feedback, not for {}", kind.name));
  }
  return {};
}

// Says which of the two it is, when it was given.
std::string WhatIsWrong(const NewExport& wanted, bool from_is_good, bool to_is_good) {
  if (!from_is_good && !wanted.from.empty()) return fmt::format("; --from {} is none", wanted.from);
  if (!to_is_good && !wanted.to.empty()) return fmt::format("; --to {} is none", wanted.to);
  return "";
}

Status AddDays(const NewExport& wanted, json::object& body) {
  const auto first = ParseDay(wanted.from);
  const auto last = ParseDay(wanted.to);
  if (!first || !last) {
    return Bad(fmt::format("{} are exported by days: give --from and --to, each a day (2016-04-01){}",
                           wanted.kind, WhatIsWrong(wanted, first.has_value(), last.has_value())));
  }
  if (*first > *last) return Bad("--from must not be after --to");
  body["startDate"] = wanted.from;
  body["endDate"] = wanted.to;
  return {};
}

// A day stands for its first or its last moment.
std::optional<Timestamp> ParseEdge(const std::string& text, std::string_view time_of_day) {
  return ParseTimestamp(ParseDay(text) ? text + std::string(time_of_day) : text);
}

Status AddWindow(const NewExport& wanted, json::object& body) {
  const auto start = ParseEdge(wanted.from, kStartOfDay);
  const auto end = ParseEdge(wanted.to, kEndOfDay);
  if (!start || !end) {
    return Bad(
        fmt::format("{} wants --from and --to, each a day (2016-04-01) or a time (2016-04-01T12:00:00Z){}",
                    wanted.kind, WhatIsWrong(wanted, start.has_value(), end.has_value())));
  }
  if (*start > *end) return Bad("--from must not be after --to");
  body["campaignWindowStart"] = FormatTimestamp(*start);
  body["campaignWindowEnd"] = FormatTimestamp(*end);
  return {};
}

Status AddCampaigns(const NewExport& wanted, json::object& body) {
  if (wanted.campaigns.empty()) {
    return Bad(fmt::format("{} wants the campaigns' ids: --campaign 12 --campaign 13", wanted.kind));
  }
  body["campaignIds"] = json::array(wanted.campaigns.begin(), wanted.campaigns.end());
  return {};
}

Status AddCampaignType(const NewExport& wanted, json::object& body) {
  const auto type = ParseCampaignType(wanted.campaign_type);
  if (!type) {
    return Bad(
        fmt::format("{} wants --campaign-type: announcement, datapush, nativepush or poll", wanted.kind));
  }
  body["campaignType"] = ToString(*type);
  return {};
}

Status AddSelection(const ExportKind& kind, const NewExport& wanted, json::object& body) {
  switch (kind.selects) {
    case Selects::kNow:
      return {};
    case Selects::kDays:
      return AddDays(wanted, body);
    case Selects::kWindow:
      RAWHAUL_TRY(AddCampaignType(wanted, body));
      return AddWindow(wanted, body);
    case Selects::kCampaigns:
      RAWHAUL_TRY(AddCampaignType(wanted, body));
      return AddCampaigns(wanted, body);
  }
  return {};
}

}  // namespace

std::span<const ExportKind> ExportKinds() { return kKinds; }

Result<CreateRequest> MakeCreateRequest(const NewExport& wanted, const Secret& container_url) {
  const auto kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const ExportKind& k) { return k.name == wanted.kind; });
  if (kind == kKinds.end()) return Bad(fmt::format("there is no export of \"{}\"", wanted.kind));
  RAWHAUL_TRY(CheckMeaning(*kind, wanted));
  json::object body{{"containerUrl", container_url.Reveal()},
                    {"exportFormat", ToString(wanted.format)},
                    {"compression", ToString(wanted.compression)}};
  if (wanted.max_file_bytes) body["maxFileBytes"] = *wanted.max_file_bytes;
  if (!wanted.description.empty()) body["description"] = wanted.description;
  RAWHAUL_TRY(AddSelection(*kind, wanted, body));
  return CreateRequest{kind->segment, json::serialize(body)};
}

}  // namespace rawhaul::client
