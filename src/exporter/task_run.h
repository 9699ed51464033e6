// One run of one export task, from where the last one was interrupted.
#pragma once

#include <stop_token>

#include "base/result.h"
#include "base/retry_timer.h"
#include "base/secret.h"
#include "base/time.h"
#include "blob/container.h"
#include "catalog/catalog.h"
#include "exporter/pipeline.h"
#include "store/stores.h"

namespace rawhaul {

// What the exporter works with; all of it must outlive the runner.
struct ExportEnvironment {
  const Stores& stores;
  TaskCatalog& tasks;
  CampaignCatalog& campaigns;
  ContainerFactory& containers;
  const SecretBox& box;
  const Clock& clock;
  RetryTimer& timer;
};

// Blocks until all is exported, or fails. kCanceled soon after `stop`. What it stages is kept in the catalog,
// so that the next run stages only the rest.
Result<ExportOutcome> RunTask(const ExportEnvironment& environment, const PipelineResources& resources,
                              const ExportTask& task, LiveProgress& progress, const std::stop_token& stop);

// Forgets what is staged for a task that has ended, or is about to: the catalog must have its URL still.
void DiscardStaged(const ExportEnvironment& environment, const ExportTask& task);

// Of the task's storage (blob/url_checks.h); empty when the catalog or the key does not tell.
std::string ServiceOfStorage(const ExportEnvironment& environment, uint64_t task);

// Asks the storage of a task whether it takes data, in little time: Container::CheckWritable.
Status CheckStorage(const ExportEnvironment& environment, uint64_t task, const std::stop_token& stop);

// What a new container URL would mend.
bool NeedsCredential(const Error& error);

}  // namespace rawhaul
