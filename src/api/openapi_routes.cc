#include "api/openapi_routes.h"

#include <fmt/format.h>

#include <string>

#include "api/openapi_document.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace rawhaul::api {

void AddOpenApiRoutes(http::Router& router) {
  const std::string tag = fmt::format("\"{}\"", HexEncode(Sha256(OpenApiDocument())));
  router.Add("GET", "/openapi.yaml",
             [tag](const http::Request& request) {
               http::Response response{.status = 200,
                                       .headers = {{"Content-Type", "application/yaml"}, {"ETag", tag}},
                                       .body = std::string(OpenApiDocument())};
               if (request.header("if-none-match") == tag) {
                 response.status = 304;
                 response.body.clear();
               }
               return response;
             },
             {.answer_bytes = OpenApiDocument().size()});
}

}  // namespace rawhaul::api
