// The members of a campaign, of its audience and of all that stands within them, as the REST API 2014-12-01
// has them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// As CheckMembers. What a campaign is answered with is among them, so that what was read can be sent back.
// For what comes in: campaigns that are stored may hold others.
Status CheckCampaignMembers(const boost::json::object& campaign, std::string_view where = "");

}  // namespace rawhaul
