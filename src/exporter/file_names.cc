#include "exporter/file_names.h"

#include <fmt/format.h>

#include "base/time.h"
#include "format/compressor.h"

namespace rawhaul {
namespace {

std::string_view Extension(ExportFormat format) {
  switch (format) {
    case ExportFormat::kJsonBlob:
      return "json";
    case ExportFormat::kCsvBlob:
      return "csv";
    case ExportFormat::kJsonLinesBlob:
      return "jsonl";
  }
  return "";
}

std::string RestartOf(const ExportTask& task) {
  return task.restarts == 0 ? "" : fmt::format("_r{}", task.restarts);
}

}  // namespace

std::string FileStem(const ExportTask& task) {
  const auto& days = task.request.days;
  const std::string span =
      days ? FormatDay(days->first) + "_" + FormatDay(days->last) : FormatCompactTimestamp(task.created);
  return fmt::format("{}_{}_{}", ToString(task.request.type), span, task.id);
}

std::string FileName(const ExportTask& task, unsigned number) {
  const std::string part = number == 0 ? "" : fmt::format("_{:05}", number);
  return fmt::format("{}{}{}.{}{}", FileStem(task), RestartOf(task), part, Extension(task.request.format),
                     FileSuffix(task.request.compression));
}

std::string ManifestName(const ExportTask& task) {
  return FileStem(task) + RestartOf(task) + ".manifest.json";
}

std::string ContentType(const ExportRequest& request) {
  switch (request.compression) {
    case Compression::kGzip:
      return "application/gzip";
    case Compression::kZstd:
      return "application/zstd";
    case Compression::kNone:
      break;
  }
  switch (request.format) {
    case ExportFormat::kJsonBlob:
      return "application/json";
    case ExportFormat::kCsvBlob:
      return "text/csv; charset=utf-8";
    case ExportFormat::kJsonLinesBlob:
      return "application/x-ndjson";
  }
  return "application/octet-stream";
}

}  // namespace rawhaul
