// Runs import tasks in the background, one after the other, from the catalog's queue to Succeeded or Failed.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/secret.h"
#include "importer/import_run.h"
#include "model/import_task.h"

namespace rawhaul {

// Thread-safe.
class ImportRunner {
 public:
  // Starts at once on what a stopped server left unfinished, from the start of each blob.
  explicit ImportRunner(const ImportEnvironment& environment);
  ~ImportRunner();

  // Checks that the blob can be read and queues the task. kInvalidArgument says what is wrong with the URL;
  // kUnavailable when the storage does not answer.
  Result<ImportTask> Create(uint32_t app, const Secret& storage_url);

  // Stops within seconds; a task that was running starts over at the next start. Safe to call twice.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul
