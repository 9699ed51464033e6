// /healthz (the process lives), /readyz (it can take batches and tasks), /metrics.
#pragma once

#include "api/metrics.h"
#include "api/readiness.h"
#include "collect/collector.h"
#include "http/router.h"

namespace rawhaul::api {

// They are answered by I/O threads and wait for nothing: what asks them must not depend on workers, which a
// disk that hangs can hold. All of it must outlive the router's server.
void AddStatusRoutes(http::Router& router, const Readiness& readiness, const Collector& collector,
                     Metrics& metrics);

}  // namespace rawhaul::api
