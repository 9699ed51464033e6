// /devices/exportTasks: create, get, list, cancel.
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddExportTaskRoutes(http::Router& router, const Environment& environment);

}  // namespace rawhaul::api
