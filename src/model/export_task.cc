#include "model/export_task.h"

#include "model/names.h"

namespace rawhaul {
namespace {

constexpr Names<ExportType, 10> kTypes{{
    {ExportType::kActivity, "Activity"},
    {ExportType::kTag, "Tag"},
    {ExportType::kCrash, "Crash"},
    {ExportType::kError, "Error"},
    {ExportType::kEvent, "Event"},
    {ExportType::kJob, "Job"},
    {ExportType::kSession, "Session"},
    {ExportType::kToken, "Token"},
    {ExportType::kPush, "Push"},
    {ExportType::kDevice, "Device"},
}};

constexpr Names<ExportFormat, 3> kFormats{{
    {ExportFormat::kJsonBlob, "JsonBlob"},
    {ExportFormat::kCsvBlob, "CsvBlob"},
    {ExportFormat::kJsonLinesBlob, "JsonLinesBlob"},
}};

constexpr Names<Compression, 3> kCompressions{{
    {Compression::kNone, "None"},
    {Compression::kGzip, "Gzip"},
    {Compression::kZstd, "Zstd"},
}};

constexpr Names<TaskState, 4> kStates{{
    {TaskState::kQueued, "Queued"},
    {TaskState::kStarted, "Started"},
    {TaskState::kSucceeded, "Succeeded"},
    {TaskState::kFailed, "Failed"},
}};

constexpr Names<WaitsFor, 2> kWaits{{
    {WaitsFor::kCredential, "Credential"},
    {WaitsFor::kStorage, "Storage"},
}};

}  // namespace

std::string_view ToString(ExportType type) { return NameOf(kTypes, type); }
std::string_view ToString(ExportFormat format) { return NameOf(kFormats, format); }
std::string_view ToString(Compression compression) { return NameOf(kCompressions, compression); }
std::string_view ToString(TaskState state) { return NameOf(kStates, state); }
std::string_view ToString(WaitsFor what) { return NameOf(kWaits, what); }

std::optional<ExportType> ParseExportType(std::string_view text) { return ValueOf(kTypes, text); }
std::optional<ExportFormat> ParseExportFormat(std::string_view text) { return ValueOf(kFormats, text); }
std::optional<Compression> ParseCompression(std::string_view text) { return ValueOf(kCompressions, text); }
std::optional<TaskState> ParseTaskState(std::string_view text) { return ValueOf(kStates, text); }
std::optional<WaitsFor> ParseWaitsFor(std::string_view text) { return ValueOf(kWaits, text); }

std::optional<RecordKind> RecordKindOf(ExportType type) {
  switch (type) {
    case ExportType::kActivity:
      return RecordKind::kActivity;
    case ExportType::kEvent:
      return RecordKind::kEvent;
    case ExportType::kError:
      return RecordKind::kError;
    case ExportType::kCrash:
      return RecordKind::kCrash;
    case ExportType::kJob:
      return RecordKind::kJob;
    case ExportType::kSession:
      return RecordKind::kSession;
    case ExportType::kTag:
    case ExportType::kToken:
    case ExportType::kPush:
    case ExportType::kDevice:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace rawhaul
