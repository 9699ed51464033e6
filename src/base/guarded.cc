#include "base/guarded.h"

#include <exception>
#include <new>

#include "base/logging.h"

namespace rawhaul {

// Texts for the end of memory are short enough for a string to hold them itself.
Error CaughtError() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kResourceExhausted, "out of memory", "OutOfMemory"};
  } catch (const std::exception& error) {
    return {ErrorCode::kInternal, error.what()};
  } catch (...) {
    return {ErrorCode::kInternal, "something was thrown that is no std::exception"};
  }
}

void LogCaught(std::string_view what) noexcept {
  try {
    log::Error("{} failed: {}", what, CaughtError().message);
  } catch (...) {  // NOLINT(bugprone-empty-catch): there is no memory to say so
  }
}

}  // namespace rawhaul
