#include "api/errors.h"

#include "base/logging.h"

namespace rawhaul::api {
namespace {

struct CodeSpec {
  int status;
  std::string_view word;
};

CodeSpec SpecOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return {400, "BadRequest"};
    case ErrorCode::kUnauthenticated:
      return {401, "Unauthorized"};
    case ErrorCode::kPermissionDenied:
      return {403, "Forbidden"};
    case ErrorCode::kNotFound:
      return {404, "NotFound"};
    case ErrorCode::kConflict:
      return {409, "Conflict"};
    case ErrorCode::kTooLarge:
      return {413, "PayloadTooLarge"};
    case ErrorCode::kResourceExhausted:
      return {429, "TooManyRequests"};
    case ErrorCode::kUnavailable:
      return {503, "ServiceUnavailable"};
    case ErrorCode::kCanceled:
      return {503, "ServiceUnavailable"};
    case ErrorCode::kDataLoss:
      return {500, "InternalError"};
    case ErrorCode::kInternal:
      return {500, "InternalError"};
  }
  return {500, "InternalError"};
}

}  // namespace

int StatusOf(ErrorCode code) { return SpecOf(code).status; }

std::string_view WireCode(const Error& error) {
  const CodeSpec spec = SpecOf(error.code);
  return error.reason.empty() || spec.status == 500 ? spec.word : std::string_view(error.reason);
}

http::Response ToResponse(const Error& error) {
  const int status = StatusOf(error.code);
  if (status == 500) {
    log::Error("internal error: {}", error.message);
    return http::ErrorResponse(status, WireCode(error), "The server failed; its log says why.");
  }
  http::Response response = http::ErrorResponse(status, WireCode(error), error.message);
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace rawhaul::api
