// Import tasks: create, list, get.
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddImportTaskRoutes(http::Router& router, const Environment& environment);

}  // namespace rawhaul::api
