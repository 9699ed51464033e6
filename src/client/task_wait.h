// Waits for an export task to end, and shows how far it is.
#pragma once

#include "base/result.h"
#include "client/progress_display.h"
#include "client/rest_client.h"

namespace rawhaul::client {

// The task when it has ended, however it ended. kUnavailable when the server does not answer for several
// minutes; kCanceled soon after `stop`, the one that `rest` has. The task itself goes on in both cases.
Result<ServerTask> WaitForTask(RestClient& rest, uint64_t id, ProgressDisplay& display, RetryTimer& timer,
                               std::stop_token stop);

}  // namespace rawhaul::client
