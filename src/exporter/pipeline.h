// The two halves of an export: pieces are read, encoded and compressed in parallel, put in order and staged
// in parallel; then all files are committed, and last the manifest.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/result.h"
#include "blob/container.h"
#include "exporter/fair_pool.h"
#include "exporter/file_writer.h"
#include "exporter/source.h"
#include "model/export_task.h"

namespace rawhaul {

// How far a running export is. Thread-safe.
struct LiveProgress {
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<double> percent{0};
  std::atomic<bool> came_further{false};  // files were saved that no run has to stage again

  Progress Read() const { return {rows.load(), bytes.load(), percent.load()}; }
  // As of a run that goes on behind these files.
  void StartWith(const std::vector<StagedFile>& files);
};

// What all running exports share.
struct PipelineResources {
  FairPool& encoders;
  ByteBudget& memory;
  unsigned pieces_ahead;      // how many pieces of one export are read ahead of the ordered stage
  unsigned parallel_uploads;  // of one export
  uint64_t block_bytes;       // more where a file of the task's maxFileBytes would have too many blocks
};

struct ExportOutcome {
  std::vector<ExportedFile> files;
  std::string manifest;  // its name in the container
};

// Reads, encodes and stages all files of the export, and its manifest; blocks. Nothing becomes visible. Goes
// on behind the files of `done`, which an earlier run staged: `source` must begin there. kCanceled soon after
// `stop`. The result has been saved.
Result<Checkpoint> StageExport(const ExportTask& task, std::vector<StagedFile> done,
                               const std::shared_ptr<const ExportSource>& source, Container& container,
                               const PipelineResources& resources, LiveProgress& progress,
                               const SaveStaged& save, std::stop_token stop);

// Makes the staged files visible, and last the manifest: a reader that waits for it never sees a part. May be
// called again, after an error or by a later run; then `may_be_done`, which says that some of it may be
// visible. REQUIRES staged.manifest. The reason is InvalidBlockList when the container has no longer what was
// staged.
Result<ExportOutcome> CommitExport(const ExportTask& task, const Checkpoint& staged, bool may_be_done,
                                   Container& container, std::stop_token stop);

}  // namespace rawhaul
