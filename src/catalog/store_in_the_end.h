// For changes of the catalog that must not be lost while it cannot be written.
#pragma once

#include <chrono>
#include <stop_token>

#include "base/result.h"
#include "base/retry_timer.h"

namespace rawhaul {

// A change of the catalog by `change`, which returns a Status. While the catalog cannot be written (a full
// disk), it is tried again once a second; any other error, or kCanceled after `stop`, is the result.
template <typename Change>
Status StoreInTheEnd(RetryTimer& timer, const std::stop_token& stop, const Change& change) {
  while (true) {
    Status stored = change();
    if (stored || stored.error().code != ErrorCode::kUnavailable) return stored;
    if (!timer.Sleep(std::chrono::seconds(1), stop))
      return Fail(ErrorCode::kCanceled, stored.error().message);
  }
}

}  // namespace rawhaul
