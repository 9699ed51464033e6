// Reading what clients write about campaigns.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/campaign.h"

namespace rawhaul {

// The content in `json`, an object: model Campaign of the REST API 2014-12-01. Properties that are not known
// are kept. What the server sets itself is taken from nobody: id, state and dates are left out, and questions
// and choices get the numbers 1, 2, 3... in the order in which they stand. kInvalidArgument with the reason
// InvalidBody names the property and what would be right.
Result<CampaignContent> ParseCampaignContent(std::string_view json, CampaignType kind);

// What ParseCampaignContent made, out of its `json`; but for `starts` and `ends`, which are stored beside it:
// by the rules that time zones have later they could be others. kDataLoss when it is damaged.
Result<CampaignContent> LoadCampaignContent(std::string_view json, CampaignType kind);

// A campaign's startTime or endTime: yyyy-MM-ddTHH:mm:ssZ, also with a space for the T, without seconds, with
// a fraction, with an offset (+01:00, +0100) for the Z, or without any. An offset is what it says. Otherwise
// the time is one of the clocks in `zone`, an IANA name, as the API has it: the Z belongs to the form.
// Without a `zone` it is UTC. kInvalidArgument begins with `name` and says what would be right.
Result<Timestamp> ParseCampaignTime(std::string_view name, std::string_view text, std::string_view zone);

}  // namespace rawhaul
