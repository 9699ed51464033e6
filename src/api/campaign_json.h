// Campaigns on the wire. Contract: REST API 2014-12-01, models Campaign, CampaignResult, CampaignListResult
// and CampaignStateResult; docs/api.md for what is added.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "model/campaign.h"

namespace rawhaul::api {

// A campaign in the body of a request. kInvalidArgument names the property and what would be right.
Result<CampaignContent> ParseCampaign(std::string_view body, CampaignType kind);
// The same of one that is stored, at least in part: it may have members that are not known any more.
Result<CampaignContent> ReadCampaign(std::string_view json, CampaignType kind);

// The parameter $filter: "state eq 'draft'"; nullopt when there is none.
Result<std::optional<CampaignState>> StateFilter(const http::Request& request);

// All of a campaign, as it is at `now`.
boost::json::object ToJson(const Campaign& campaign, Timestamp now);
// What a list tells of it.
boost::json::object ToListItem(const Campaign& campaign, Timestamp now);
// {"id","state"}
boost::json::object ToStateJson(const Campaign& campaign, Timestamp now);

}  // namespace rawhaul::api
