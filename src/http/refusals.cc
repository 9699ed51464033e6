#include "http/refusals.h"

#include <fmt/format.h>

#include <string>

namespace rawhaul::http {

Response BadRequest(std::string_view why) { return ErrorResponse(400, "BadRequest", why); }

Response NoRoute(const Router::Match& match) {
  if (match.bad_encoding) return BadRequest("The path is not percent-encoded UTF-8.");
  if (match.allowed_methods.empty())
    return ErrorResponse(404, "NotFound", "There is no operation at this path.");
  const std::string allow = fmt::format("{}", fmt::join(match.allowed_methods, ", "));
  Response response = ErrorResponse(405, "MethodNotAllowed", "This path takes " + allow + ".");
  response.headers.emplace_back("Allow", allow);
  return response;
}

Response TooSlow() { return ErrorResponse(408, "RequestTimeout", "The request came too slowly."); }

Response Busy() {
  Response response = ErrorResponse(429, "TooBusy", "Too many requests are waiting; try again later.");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response BodyTooLarge(size_t limit) {
  return ErrorResponse(413, "PayloadTooLarge",
                       fmt::format("The body is over this operation's limit of {} bytes.", limit));
}

Response HeaderTooLarge(size_t limit) {
  return ErrorResponse(431, "RequestHeaderTooLarge",
                       fmt::format("The header is over the limit of {} bytes and 100 fields.", limit));
}

Response InternalError() {
  return ErrorResponse(500, "InternalError", "The server failed to answer this request.");
}

Response Stopping() { return ErrorResponse(503, "ServiceUnavailable", "The server is stopping."); }

}  // namespace rawhaul::http
