// What became of a campaign, counted from the feedback of its devices. Contract: REST API 2014-12-01, model
// CampaignStatisticsResult; docs/api.md says what each number counts.
#pragma once

#include <boost/json/fwd.hpp>
#include <stop_token>

#include "base/result.h"
#include "model/campaign.h"
#include "store/feedback_store.h"

namespace rawhaul::api {

// Reads all feedback of the campaign, as it is now. kUnavailable soon after `stop`.
Result<boost::json::object> CampaignStatistics(const Campaign& campaign, const FeedbackStore& store,
                                               const std::stop_token& stop);

}  // namespace rawhaul::api
