// Export tasks for people.
#pragma once

#include <span>
#include <string>

#include "client/task_json.h"

namespace rawhaul::client {

// Aligned columns with a header, a line a task. Every line ends with "\n".
std::string TaskTable(std::span<const ServerTask> tasks);

// The fields of one task, a line each, and its files as FileTable has them.
std::string TaskDetails(const ExportTask& task);

// The files with rows and bytes, the manifest, and the totals. Empty when there are no files.
std::string FileTable(const ExportTask& task);

}  // namespace rawhaul::client
