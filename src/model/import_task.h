// Import tasks: tags that are read from a blob.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "model/export_task.h"

namespace rawhaul {

struct ImportTask {
  uint64_t id = 0;  // grows
  uint32_t app = 0;
  std::string storage_url;  // without its query, which is secret
  TaskState state = TaskState::kQueued;
  Timestamp created;
  std::optional<Timestamp> completed;
  // Of a Started task whose storage does not answer.
  std::optional<TaskWait> wait;
  // Why it failed or waits, or what of the blob was not taken.
  std::optional<std::string> error_details;
};

}  // namespace rawhaul
