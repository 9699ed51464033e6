// Errors as values. Every fallible function of Rawhaul returns Result<T> or Status; exceptions of libraries
// are caught at the border of the module that calls them.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace rawhaul {

// What the caller can do about an error; the closed list that behaviour (HTTP status, retry, task state)
// hangs on.
enum class ErrorCode {
  kInvalidArgument,    // the input is wrong, the message says what would be right
  kUnauthenticated,    // nobody, or somebody who cannot prove it
  kPermissionDenied,   // somebody, but not allowed to do this
  kNotFound,           //
  kConflict,           // the state of the thing forbids it
  kTooLarge,           // over a documented limit
  kResourceExhausted,  // back-pressure: the same call will work later
  kUnavailable,        // stopping, or a dependency is out of reach for now
  kCanceled,           // stopped on request
  kDataLoss,           // stored bytes are damaged
  kInternal,           // a defect, or a failure of the machine
};

// `message` is for people and must hold no secret. `reason` is a stable word for programs
// ("ContainerNotFound"); it may be empty, then the code speaks alone.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string reason = {};

  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> Fail(ErrorCode code, std::string message, std::string reason = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(reason)});
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace rawhaul

#define RAWHAUL_CONCAT_(a, b) a##b
#define RAWHAUL_CONCAT(a, b) RAWHAUL_CONCAT_(a, b)

// Returns from the enclosing function with the error of `expression`, a Status or Result.
#define RAWHAUL_TRY(expression) RAWHAUL_TRY_(RAWHAUL_CONCAT(status_, __COUNTER__), expression)
#define RAWHAUL_TRY_(status, expression)                                    \
  do {                                                                      \
    if (auto status = (expression); !status.has_value()) {                  \
      return ::tl::unexpected<::rawhaul::Error>(std::move(status).error()); \
    }                                                                       \
  } while (false)

// `RAWHAUL_ASSIGN(auto x, F());` declares x with the value of F(), or returns F()'s error.
#define RAWHAUL_ASSIGN(target, expression) \
  RAWHAUL_ASSIGN_(RAWHAUL_CONCAT(result_, __COUNTER__), target, expression)
#define RAWHAUL_ASSIGN_(result, target, expression)                       \
  auto result = (expression);                                             \
  if (!result.has_value()) {                                              \
    return ::tl::unexpected<::rawhaul::Error>(std::move(result).error()); \
  }                                                                       \
  target = *std::move(result)
