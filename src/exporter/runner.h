// Runs export tasks in the background, from the catalog's queue to Succeeded or Failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "exporter/task_run.h"
#include "model/export_task.h"

namespace rawhaul {

struct ExportOptions {
  unsigned parallel_tasks = 4;
  unsigned encode_threads = 0;  // 0: one per core
  unsigned uploads_per_task = 4;
  uint64_t memory_bytes = uint64_t{256} << 20;  // over all running tasks
  uint64_t block_bytes = uint64_t{8} << 20;     // of Put Block
  // How long a task whose container URL ended waits for another one.
  std::chrono::seconds credential_wait{std::chrono::hours(24)};
  // How long a task whose storage does not answer waits for it, counted from when it came further last.
  std::chrono::seconds storage_wait{std::chrono::hours(24)};
};

// Thread-safe.
//
// A task that cannot go on waits: one whose container URL ended for another one, one whose storage does not
// answer until it does. Meanwhile it takes no thread and no memory, and its storage is asked now and then.
class ExportRunner {
 public:
  // Starts at once on what a stopped server left unfinished; as soon as the catalog can be read, if it cannot
  // now.
  ExportRunner(const ExportEnvironment& environment, const ExportOptions& options);
  ~ExportRunner();

  // Checks that the container can be written to (Container::CheckWritable), fixes the cut-off and queues the
  // task.
  Result<ExportTask> Create(const ExportRequest& request, const Secret& container_url);
  // Ends a task as Failed with errorDetails `Canceled`; returns when it has ended. kNotFound; kConflict when
  // it had; kUnavailable for one that a stop has interrupted or the catalog could not give yet, and, though
  // it is canceled as soon as that can be, for one whose end takes longer or cannot be stored now.
  Result<ExportTask> Cancel(uint32_t app, uint64_t id);
  // Gives an unfinished task another URL of the same container and path, after the same checks as in Create.
  // One that waits for it goes on, from what is staged. kInvalidArgument, kNotFound; kConflict when the task
  // had ended.
  Result<ExportTask> RenewCredential(uint32_t app, uint64_t id, const Secret& container_url);
  // Of a task that runs or waits; what the catalog has of it is older.
  std::optional<Progress> ProgressOf(uint64_t id) const;

  // Stops within seconds; tasks that were running go on at the next start. Safe to call twice.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
