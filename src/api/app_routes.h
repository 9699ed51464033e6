// App collections, apps, name availability and supported platforms. Contract: REST API 2014-12-01, operations
// appCollections, apps and supportedPlatforms. Apps are made by `rawhaul app create`, not over HTTP.
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddAppRoutes(http::Router& router, const Environment& environment);

}  // namespace rawhaul::api
