// Export tasks as the server writes them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "model/export_task.h"

namespace rawhaul::client {

// A task of the server, and the JSON that it was read from.
struct ServerTask {
  ExportTask task;
  std::string json;
};

// kInternal when it is not what a server of this version writes. Fields that are not known are ignored.
Result<ServerTask> ParseTask(const boost::json::value& value);

}  // namespace rawhaul::client
