// GET /openapi.yaml: the description of all routes.
#pragma once

#include "http/router.h"

namespace rawhaul::api {

void AddOpenApiRoutes(http::Router& router);

}  // namespace rawhaul::api
