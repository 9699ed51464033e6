// Runs import tasks in the background, one after the other, from the catalog's queue to Succeeded or Failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/secret.h"
#include "importer/import_run.h"
#include "model/import_task.h"

namespace rawhaul {

// Thread-safe.
//
// A task whose storage does not answer waits until it does. Meanwhile it takes no thread and no memory, and
// its storage is asked now and then.
class ImportRunner {
 public:
  // Starts at once on what a stopped server left unfinished, from the start of each blob; as soon as the
  // catalog can be read, if it cannot now. `storage_wait`: how long a task waits for its storage; then it
  // fails.
  ImportRunner(const ImportEnvironment& environment, std::chrono::seconds storage_wait);
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
