// Export tasks: what was asked for, how far it is, what came of it. Wire names: REST API 2014-12-01, and
// DESIGN's additions, described in docs/api.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/block_receipt.h"
#include "model/feedback.h"
#include "model/record.h"

namespace rawhaul {

enum class ExportType { kActivity, kTag, kCrash, kError, kEvent, kJob, kSession, kToken, kPush, kDevice };
enum class ExportFormat { kJsonBlob, kCsvBlob, kJsonLinesBlob };
enum class Compression { kNone, kGzip, kZstd };
enum class TaskState { kQueued, kStarted, kSucceeded, kFailed };
enum class WaitsFor { kCredential, kStorage };

std::string_view ToString(ExportType type);  // "Activity"
std::string_view ToString(ExportFormat format);
std::string_view ToString(Compression compression);
std::string_view ToString(TaskState state);
std::string_view ToString(WaitsFor what);  // "Storage"
// Parsing ignores case.
std::optional<ExportType> ParseExportType(std::string_view text);
std::optional<ExportFormat> ParseExportFormat(std::string_view text);
std::optional<Compression> ParseCompression(std::string_view text);
std::optional<TaskState> ParseTaskState(std::string_view text);
std::optional<WaitsFor> ParseWaitsFor(std::string_view text);

// The kind that a historical type exports; nullopt for snapshot types.
std::optional<RecordKind> RecordKindOf(ExportType type);

struct DayRange {
  Day first;
  Day last;  // included
};

// Which campaigns a Push export covers: the named ones, or those whose feedback was active in the window.
struct FeedbackSelection {
  CampaignType type = CampaignType::kAnnouncement;
  std::vector<uint64_t> campaign_ids;  // empty: by window
  std::optional<Timestamp> window_start;
  std::optional<Timestamp> window_end;  // included
};

inline constexpr uint64_t kDefaultMaxFileBytes = uint64_t{1} << 30;
inline constexpr uint64_t kMinMaxFileBytes = uint64_t{1} << 10;

struct ExportRequest {
  uint32_t app = 0;
  ExportType type = ExportType::kEvent;
  ExportFormat format = ExportFormat::kJsonBlob;
  Compression compression = Compression::kNone;
  uint64_t max_file_bytes = kDefaultMaxFileBytes;  // before compression
  std::optional<std::string> description;
  std::optional<DayRange> days;               // historical types
  std::optional<FeedbackSelection> feedback;  // kPush
};

struct ExportedFile {
  std::string name;  // within the container
  uint64_t rows = 0;
  uint64_t bytes = 0;
  std::string sha256;              // hex
  std::optional<Timestamp> first;  // of historical types
  std::optional<Timestamp> last;
};

// A blob whose blocks are all staged: what is needed to commit it, now or in a later run.
struct StagedBlob {
  std::string blob;  // relative to the container's prefix
  std::vector<BlockReceipt> blocks;
};

struct StagedFile : StagedBlob {
  ExportedFile file;
  // The last record in it, behind which a later run can go on; nullopt for snapshots, which cannot.
  std::optional<RecordPosition> end;
};

// How far a run of a task came. Files are staged in order, and the manifest behind the last one: with it, all
// that is left is to commit, and a run that was interrupted may have committed a part of it.
struct Checkpoint {
  std::vector<StagedFile> files;
  std::optional<StagedBlob> manifest;
  // How often the task began anew where it may have committed files. No later run can replace those, and so
  // it gives other names (exporter/file_names.h).
  unsigned restarts = 0;
};

// Until when a Started task waits at most; then it fails.
struct TaskWait {
  WaitsFor what = WaitsFor::kCredential;
  Timestamp until;

  bool operator==(const TaskWait&) const = default;
};

struct Progress {
  uint64_t rows = 0;
  uint64_t bytes = 0;  // written to storage
  double percent = 0;
};

struct ExportTask {
  uint64_t id = 0;  // grows
  ExportRequest request;
  uint64_t cut_off = 0;  // the last sequence that belongs to the export
  TaskState state = TaskState::kQueued;
  Timestamp created;
  std::optional<Timestamp> started;
  std::optional<Timestamp> completed;
  // Why it failed, or what it waits for.
  std::optional<std::string> error_details;
  // Of a Started task whose container URL ended, or whose storage does not answer. It is there until the task
  // has come further, also while it is tried again.
  std::optional<TaskWait> wait;
  unsigned restarts = 0;  // of the checkpoint; known while it runs
  Progress progress;
  std::vector<ExportedFile> files;
  std::optional<std::string> manifest;  // its name within the container, once written
};

}  // namespace rawhaul
