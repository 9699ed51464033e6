// GET /openapi.yaml: the description of all routes, docs/openapi.yaml, which is part of the program.
#pragma once

#include <string_view>

#include "http/router.h"

namespace rawhaul::api {

std::string_view OpenApiDocument();

void AddOpenApiRoutes(http::Router& router);

}  // namespace rawhaul::api
