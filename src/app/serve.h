// `rawhaul serve`: the parts, put together.
#pragma once

#include "app/config.h"
#include "app/data_directory.h"
#include "base/result.h"

namespace rawhaul {

// Serves until SIGTERM or SIGINT, then stops within seconds: what was taken is made durable, running exports
// go on at the next start. Prints one line on standard output when it takes requests: "listening on
// http://127.0.0.1:8080".
Status Serve(const DataDirectory& data, const Config& config);

}  // namespace rawhaul
