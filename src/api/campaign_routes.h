// /campaigns: create, get, list, update, delete, the changes of their state, and statistics. docs/api.md,
// "Campaigns".
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddCampaignRoutes(http::Router& router, const Environment& environment);

// The campaign that the path names by {kind} and {id}. kInvalidArgument for a kind that is none, kNotFound.
Result<CampaignType> CampaignKindOf(const http::Request& request);
Result<CampaignKey> CampaignKeyOf(const http::Request& request, const App& app);
Result<Campaign> FindCampaign(const http::Request& request, const App& app, CampaignCatalog& campaigns);

}  // namespace rawhaul::api
