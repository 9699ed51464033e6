// One run of an export: pieces are read, encoded and compressed in parallel, put in order, staged in
// parallel; then all files are committed, and last the manifest.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/result.h"
#include "blob/container.h"
#include "exporter/fair_pool.h"
#include "exporter/source.h"
#include "model/export_task.h"

namespace rawhaul {

// How far a running export is. Thread-safe.
struct LiveProgress {
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<double> percent{0};

  Progress Read() const { return {rows.load(), bytes.load(), percent.load()}; }
  void Reset();
};

// What all running exports share.
struct PipelineResources {
  FairPool& encoders;
  ByteBudget& memory;
  unsigned pieces_ahead;      // how many pieces of one export are read ahead of the ordered stage
  unsigned parallel_uploads;  // of one export
  uint64_t block_bytes;
};

struct ExportOutcome {
  std::vector<ExportedFile> files;
  std::string manifest;  // its name in the container
};

// Runs the export to its end; blocks. Nothing is visible in the container before all files are staged, and a
// reader that waits for the manifest never sees a part. After an error nothing more is made visible.
// kCanceled soon after `stop`.
Result<ExportOutcome> RunExport(const ExportTask& task, const std::shared_ptr<const ExportSource>& source,
                                Container& container, const PipelineResources& resources,
                                LiveProgress& progress, std::stop_token stop);

}  // namespace rawhaul
