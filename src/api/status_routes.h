// /healthz (the process lives), /readyz (it can take batches and tasks), /metrics.
#pragma once

#include "api/environment.h"
#include "api/metrics.h"
#include "http/router.h"

namespace rawhaul::api {

void AddStatusRoutes(http::Router& router, const Environment& environment, Metrics& metrics);

}  // namespace rawhaul::api
