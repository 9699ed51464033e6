#include "exporter/task_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/guarded.h"
#include "base/logging.h"
#include "blob/reasons.h"
#include "blob/url_checks.h"
#include "catalog/store_in_the_end.h"
#include "exporter/file_names.h"

namespace rawhaul {
namespace {

Result<std::unique_ptr<Container>> OpenContainer(const ExportEnvironment& environment, uint64_t task) {
  RAWHAUL_ASSIGN(const std::string sealed, environment.tasks.SealedUrl(task));
  const Secret url = environment.box.Open(sealed);
  if (url.empty())
    return Fail(ErrorCode::kDataLoss, "the stored container URL cannot be decrypted with this server's key");
  return environment.containers.Open(url);
}

class TaskRun {
 public:
  TaskRun(const ExportEnvironment& environment, const PipelineResources& resources, const ExportTask& task,
          LiveProgress& progress, const std::stop_token& stop)
      : environment_(environment), resources_(resources), task_(task), progress_(progress), stop_(stop) {}

  Result<ExportOutcome> Run() {
    RAWHAUL_TRY(Store([&] { return environment_.tasks.MarkStarted(task_.id, environment_.clock.Now()); }));
    RAWHAUL_ASSIGN(Checkpoint checkpoint, environment_.tasks.LoadCheckpoint(task_.id));
    log::Info("export task {}: started ({}, {} files staged before)", task_.id, ToString(task_.request.type),
              checkpoint.files.size());
    RAWHAUL_ASSIGN(const auto container, OpenContainer(environment_, task_.id));
    RAWHAUL_TRY(CheckRecords());
    const bool is_new = checkpoint.files.empty();
    auto outcome = Export(*container, std::move(checkpoint));
    if (outcome || is_new || outcome.error().reason != kInvalidBlockList) return outcome;
    log::Warn("export task {}: the container no longer has what was staged before; starting over", task_.id);
    RAWHAUL_TRY(Store([&] { return environment_.tasks.DropCheckpoint(task_.id); }));
    RAWHAUL_ASSIGN(checkpoint, environment_.tasks.LoadCheckpoint(task_.id));
    return Export(*container, std::move(checkpoint));
  }

 private:
  template <typename Change>
  Status Store(const Change& change) {
    return StoreInTheEnd(environment_.timer, stop_, change);
  }

  // The log of a store can lose its end to a disk that lied; then the store opens without it.
  Status CheckRecords() const {
    const uint64_t last = environment_.stores.records().LastSequence();
    if (task_.cut_off <= last) return {};
    return Fail(ErrorCode::kDataLoss,
                fmt::format("records are missing: the store ends at {}, and the task has those up to {}; "
                            "restore the data from a backup",
                            last, task_.cut_off),
                "StoreDamaged");
  }

  Result<ExportOutcome> Export(Container& container, Checkpoint checkpoint) {
    progress_.StartWith(checkpoint.files);
    task_.restarts = checkpoint.restarts;
    // Of an earlier run, which may have committed before it was interrupted.
    const bool may_be_done = checkpoint.manifest.has_value();
    if (!checkpoint.manifest) {
      RAWHAUL_ASSIGN(checkpoint, Stage(container, std::move(checkpoint.files)));
    }
    RAWHAUL_ASSIGN(ExportOutcome outcome, CommitExport(task_, checkpoint, may_be_done, container, stop_));
    progress_.percent = 100;
    return outcome;
  }

  Result<Checkpoint> Stage(Container& container, std::vector<StagedFile> done) {
    const auto after = done.empty() ? std::nullopt : done.back().end;
    RAWHAUL_ASSIGN(const CampaignSpans in_progress, CampaignsInProgress());
    RAWHAUL_ASSIGN(std::shared_ptr<const ExportSource> source,
                   PlanExport(task_, environment_.stores, in_progress, after, stop_));
    const SaveStaged save = [this](std::span<const StagedFile> files, const StagedBlob* manifest) -> Status {
      RAWHAUL_TRY(Store([&] { return environment_.tasks.SaveStaged(task_.id, files, manifest); }));
      progress_.came_further = true;
      return {};
    };
    return StageExport(task_, std::move(done), source, container, resources_, progress_, save, stop_);
  }

  // When the campaigns of the task's type were in progress, up to now; for Push exports by window alone.
  Result<CampaignSpans> CampaignsInProgress() const {
    CampaignSpans spans;
    const auto& feedback = task_.request.feedback;
    if (!feedback || !feedback->campaign_ids.empty()) return spans;
    const Timestamp now = environment_.clock.Now();
    RAWHAUL_ASSIGN(const auto periods, environment_.campaigns.ListPeriods(task_.request.app, feedback->type));
    for (const auto& period : periods) {
      if (period.begin <= now) spans[period.id] = {period.begin, std::min(period.end.value_or(now), now)};
    }
    return spans;
  }

  const ExportEnvironment& environment_;
  const PipelineResources& resources_;
  ExportTask task_;
  LiveProgress& progress_;
  const std::stop_token stop_;
};

}  // namespace

Result<ExportOutcome> RunTask(const ExportEnvironment& environment, const PipelineResources& resources,
                              const ExportTask& task, LiveProgress& progress, const std::stop_token& stop) {
  return TaskRun(environment, resources, task, progress, stop).Run();
}

void DiscardStaged(const ExportEnvironment& environment, const ExportTask& task) {
  RunGuarded("removing what was staged", [&] {
    const auto container = OpenContainer(environment, task.id);
    if (!container) return;  // whoever cannot get in has nothing to tidy up
    if (const Status discarded = (*container)->Discard(FileStem(task)); !discarded) {
      log::Warn("export task {}: what was staged cannot be removed: {}", task.id, discarded.error().message);
    }
  });
}

std::string ServiceOfStorage(const ExportEnvironment& environment, uint64_t task) {
  const auto sealed = environment.tasks.SealedUrl(task);
  return sealed ? ServiceOf(environment.box.Open(*sealed)) : std::string();
}

Status CheckStorage(const ExportEnvironment& environment, uint64_t task, const std::stop_token& stop) {
  RAWHAUL_ASSIGN(const auto container, OpenContainer(environment, task));
  return container->CheckWritable(stop);
}

bool NeedsCredential(const Error& error) {
  return error.code == ErrorCode::kPermissionDenied || error.reason == reason::kSasExpired;
}

}  // namespace rawhaul
