// The manifest of an export: what a reader checks the files against. docs/exported-files.md, "Manifest".
#pragma once

#include <string>
#include <vector>

#include "model/export_task.h"

namespace rawhaul {

// One JSON object, ending in a new line.
std::string EncodeManifest(const ExportTask& task, const std::vector<ExportedFile>& files);

}  // namespace rawhaul
