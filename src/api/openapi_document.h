// docs/openapi.yaml, which is a part of the program.
#pragma once

#include <string_view>

namespace rawhaul::api {

std::string_view OpenApiDocument();

}  // namespace rawhaul::api
