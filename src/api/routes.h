// All of the server's HTTP interface. docs/api.md, docs/openapi.yaml.
#pragma once

#include "api/environment.h"
#include "api/metrics.h"
#include "http/router.h"

namespace rawhaul::api {

// Everything that is passed must outlive the router's server.
void AddRoutes(http::Router& router, const Environment& environment, Metrics& metrics);

}  // namespace rawhaul::api
