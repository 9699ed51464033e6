#include "blob/url_checks.h"

#include <fmt/format.h>

#include <utility>

namespace rawhaul {

Status RefuseUrl(const Status& check) {
  if (check || check.error().code == ErrorCode::kUnavailable || check.error().code == ErrorCode::kCanceled)
    return check;
  Error error = check.error();
  error.code = ErrorCode::kInvalidArgument;
  return Fail(std::move(error));
}

std::string Describe(const Error& error) {
  return error.reason.empty() ? error.message : fmt::format("{}: {}", error.reason, error.message);
}

}  // namespace rawhaul
