// One run of one import task, from the start of its blob.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/retry_timer.h"
#include "base/secret.h"
#include "base/time.h"
#include "blob/source.h"
#include "catalog/catalog.h"
#include "collect/collector.h"
#include "store/device_store.h"

namespace rawhaul {

// What the importer works with; all of it must outlive the runner.
struct ImportEnvironment {
  ImportCatalog& imports;
  BlobSourceFactory& sources;
  Collector& collector;
  const DeviceStore& devices;
  const SecretBox& box;
  const Clock& clock;
  RetryTimer& timer;
};

struct ImportOutcome {
  uint64_t applied = 0;  // entries whose tags are durable
  uint64_t refused = 0;
  // "3 of 100 lines were not taken; line 2: ...; line 7: ...": the count and the first few.
  std::optional<std::string> details;
};

// Blocks until all of the blob is read and its tags are durable; what is wrong with an entry does not end it.
// Doing it again does no harm. While the collector does not take tags (back-pressure, a full disk) it waits.
// kCanceled soon after `stop`.
// The tags count as of the task's creation, so that what a device said since then is not overwritten,
// whenever and how often the task runs.
Result<ImportOutcome> RunImport(const ImportEnvironment& environment, const ImportTask& task,
                                std::stop_token stop);

// Asks the storage of a task whether the blob can be read, in little time: BlobSource::CheckReadable.
Status CheckBlob(const ImportEnvironment& environment, uint64_t task, const std::stop_token& stop);

}  // namespace rawhaul
