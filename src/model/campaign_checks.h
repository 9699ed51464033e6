// The limits of what a campaign may hold: REST API 2014-12-01, model Campaign and those in it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "model/feedback.h"

namespace rawhaul {

// A property that is wrong: kInvalidArgument with the reason InvalidBody.
tl::unexpected<Error> BadCampaign(std::string message);

// Lengths, types and words of all properties that are known, and which of them the kind has. What fits
// together only when it is activated is not looked at, nor are the times. BadCampaign() names the first that
// is wrong.
Status CheckCampaign(const boost::json::object& campaign, CampaignType kind);

}  // namespace rawhaul
