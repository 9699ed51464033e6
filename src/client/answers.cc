#include "client/answers.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "client/figures.h"

namespace rawhaul::client {
namespace {

namespace json = boost::json;

ErrorCode CodeOf(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 413:
      return ErrorCode::kTooLarge;
    case 429:
      return ErrorCode::kResourceExhausted;
    default:
      return status < 500 ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable;
  }
}

std::string_view Advice(int status) {
  if (status >= 300 && status < 400)
    return "; redirects are not followed: give --server the address it leads to";
  return "; is this a Rawhaul server?";
}

// {"error":{"code","message"}}, or {"error","error_description"} of the token endpoint.
Error ErrorOf(const net::HttpResponse& response) {
  boost::system::error_code malformed;
  const json::value value = json::parse(response.body, malformed);
  const json::object* body = malformed ? nullptr : value.if_object();
  const json::value* error = body != nullptr ? body->if_contains("error") : nullptr;
  const ErrorCode code = CodeOf(response.status);
  if (error != nullptr && error->is_object()) {
    const std::string reason = TextOf(error->as_object(), "code");
    return {code,
            fmt::format("the server answers {} {}: {}", response.status, reason,
                        TextOf(error->as_object(), "message")),
            reason};
  }
  if (error != nullptr && error->is_string()) {
    const std::string reason = TextOf(*body, "error");
    return {code,
            fmt::format("the server answers {} {}: {}", response.status, reason,
                        TextOf(*body, "error_description")),
            reason};
  }
  return {code, fmt::format("the server answers {} and does not say why{}", response.status,
                            Advice(response.status))};
}

// Curl's text for a certificate that nobody vouches for has no other sign.
Error WithAdvice(Error error) {
  if (error.message.find("peer certificate") != std::string::npos) {
    error.message += "; where the server has a certificate of its own, --ca-cert names it";
  }
  return error;
}

}  // namespace

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? Printable(value->as_string()) : std::string();
}

Result<json::value> JsonOf(const Result<net::HttpResponse>& outcome) {
  if (!outcome) return Fail(WithAdvice(outcome.error()));
  if (outcome->status < 200 || outcome->status > 299) return Fail(ErrorOf(*outcome));
  boost::system::error_code malformed;
  json::value value = json::parse(outcome->body, malformed);
  if (malformed)
    return Fail(ErrorCode::kInternal, "the server's answer is not JSON; is this a Rawhaul server?");
  return value;
}

}  // namespace rawhaul::client
