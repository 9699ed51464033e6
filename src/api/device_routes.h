// Devices: list, get, tag.
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddDeviceRoutes(http::Router& router, const Environment& environment);

}  // namespace rawhaul::api
