// The names of exported files. docs/exported-files.md, "Names".
#pragma once

#include <cstdint>
#include <string>

#include "model/export_task.h"

namespace rawhaul {

// "Event_2016-04-01_2016-04-30_17", "Tag_20160430T120000Z_18": what all files of a task begin with.
std::string FileStem(const ExportTask& task);

// `number` counts from 1 when the task has several files, and is 0 for the only one.
// "<stem>_00001.json.gz"; "<stem>_r1_00001.json.gz" after a restart.
std::string FileName(const ExportTask& task, unsigned number);
std::string ManifestName(const ExportTask& task);  // "<stem>.manifest.json"

// The media type of the files: "application/json", ... or that of their compression.
std::string ContentType(const ExportRequest& request);

}  // namespace rawhaul
