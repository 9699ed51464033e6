// The columns of the flat formats (CSV, JSON lines) of every export type, with their types for the manifest.
// Source: docs/exported-files.md.
#pragma once

#include <span>
#include <string_view>

#include "model/export_task.h"

namespace rawhaul {

struct Column {
  std::string_view name;
  std::string_view type;  // "guid", "string", "integer", "boolean", "timestamp", "json"
};

// In the order in which they are written.
std::span<const Column> ColumnsOf(ExportType type);

}  // namespace rawhaul
