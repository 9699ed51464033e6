// Where exceptions end: libraries throw, and memory runs out. At the root of a thread, of a job or of a
// callback of a C library that would end the process, so each of those is called through one of these.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace rawhaul {

// What is being thrown, as an error: kResourceExhausted with the reason OutOfMemory for std::bad_alloc, else
// kInternal. To be called while it is handled.
Error CaughtError();
// The same into the log: "{what} failed: ...".
void LogCaught(std::string_view what) noexcept;

// What `work` returns, a Result or Status; what it throws becomes its error.
template <typename Work>
std::invoke_result_t<Work&> Guarded(Work&& work) {
  try {
    return work();
  } catch (...) {
    return Fail(CaughtError());
  }
}

// For work that has nobody to tell of an error: what it throws is logged. Whether it came to its own end.
template <typename Work>
bool RunGuarded(std::string_view what, Work&& work) noexcept {
  try {
    work();
    return true;
  } catch (...) {
    LogCaught(what);
    return false;
  }
}

}  // namespace rawhaul
