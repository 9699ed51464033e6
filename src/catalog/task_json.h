// Parts of an export task as the JSON text in which the catalog keeps them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/export_task.h"

namespace rawhaul {

// All of a request but its app, which is a column of its own.
std::string RequestToJson(const ExportRequest& request);
Result<ExportRequest> RequestFromJson(std::string_view json);

std::string StagedBlobToJson(const StagedBlob& staged);
Result<StagedBlob> StagedBlobFromJson(std::string_view json);
std::string StagedFileToJson(const StagedFile& staged);
Result<StagedFile> StagedFileFromJson(std::string_view json);

// What came of a task that succeeded.
std::string OutcomeToJson(const Progress& progress, const std::vector<ExportedFile>& files,
                          std::string_view manifest);
// Sets the progress, files and manifest of `task`.
Status OutcomeFromJson(std::string_view json, ExportTask& task);

}  // namespace rawhaul
