#include "exporter/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "exporter/pipeline.h"

namespace rawhaul {
namespace {

constexpr std::string_view kCanceled = "Canceled";

std::string Describe(const Error& error) {
  return error.reason.empty() ? error.message : fmt::format("{}: {}", error.reason, error.message);
}

unsigned CoresOr(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

// Whoever gave the URL can mend it, unless the storage just does not answer or the server stops.
Status RefuseUrl(const Status& check) {
  if (check || check.error().code == ErrorCode::kUnavailable || check.error().code == ErrorCode::kCanceled) {
    return check;
  }
  Error error = check.error();
  error.code = ErrorCode::kInvalidArgument;
  return Fail(std::move(error));
}

// A task that is being run.
struct Running {
  std::stop_source stop;
  bool canceled = false;  // protected by the runner's mutex
  LiveProgress progress;
};

}  // namespace

struct ExportRunner::Impl {
  Impl(const ExportEnvironment& the_environment, const ExportOptions& options)
      : environment(the_environment),
        memory(options.memory_bytes),
        encoders(CoresOr(options.encode_threads)),
        resources{.encoders = encoders,
                  .memory = memory,
                  .pieces_ahead = 2 * CoresOr(options.encode_threads) + 2,
                  .parallel_uploads = options.uploads_per_task,
                  .block_bytes = options.block_bytes} {
    EnqueueUnfinished();
    for (unsigned i = 0; i < options.parallel_tasks; ++i) {
      threads.emplace_back([this](const std::stop_token& stop) { Work(stop); });
    }
  }

  void EnqueueUnfinished() {
    auto unfinished = environment.tasks.ListUnfinished();
    if (!unfinished) {
      log::Error("cannot read the queue of export tasks: {}", unfinished.error().message);
      return;
    }
    queue.assign(unfinished->begin(), unfinished->end());
    if (!queue.empty()) log::Info("going on with {} export tasks", queue.size());
  }

  void Work(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (changed.wait(lock, stop, [this] { return !queue.empty(); }) && !stop.stop_requested()) {
      const ExportTask task = std::move(queue.front());
      queue.pop_front();
      const auto entry = running.emplace(task.id, std::make_shared<Running>()).first;
      const std::shared_ptr<Running> state = entry->second;
      const std::stop_callback stop_with_server(stop, [&state] { state->stop.request_stop(); });
      lock.unlock();
      const auto outcome = Execute(task, *state);
      lock.lock();
      Finish(task, outcome, *state, stop.stop_requested());
      running.erase(entry);
      changed.notify_all();
    }
  }

  Result<ExportOutcome> Execute(const ExportTask& task, Running& state) {
    RAWHAUL_TRY(environment.tasks.MarkStarted(task.id, environment.clock.Now()));
    log::Info("export task {}: started ({})", task.id, ToString(task.request.type));
    RAWHAUL_ASSIGN(const std::string sealed, environment.tasks.SealedUrl(task.id));
    const Secret url = environment.box.Open(sealed);
    if (url.empty())
      return Fail(ErrorCode::kDataLoss,
                  "the stored container URL cannot be decrypted with this server's key");
    RAWHAUL_ASSIGN(const auto container, environment.containers.Open(url));
    RAWHAUL_ASSIGN(std::shared_ptr<const ExportSource> source, PlanExport(task, environment.stores));
    return RunExport(task, source, *container, resources, state.progress, state.stop.get_token());
  }

  // REQUIRES mutex, so that whoever cancels sees either the running task or its end.
  void Finish(const ExportTask& task, const Result<ExportOutcome>& outcome, const Running& state,
              bool server_stops) {
    const Timestamp now = environment.clock.Now();
    Status marked;
    if (outcome) {
      log::Info("export task {}: succeeded, {} rows", task.id, state.progress.rows.load());
      marked = environment.tasks.MarkSucceeded(task.id, now, state.progress.Read(), outcome->files,
                                               outcome->manifest);
    } else if (state.canceled) {
      log::Info("export task {}: canceled", task.id);
      marked = environment.tasks.MarkFailed(task.id, now, kCanceled);
    } else if (server_stops) {
      log::Info("export task {}: interrupted, goes on at the next start", task.id);
    } else {
      log::Warn("export task {}: failed: {}", task.id, Describe(outcome.error()));
      marked = environment.tasks.MarkFailed(task.id, now, Describe(outcome.error()));
    }
    if (!marked) log::Error("export task {}: its end cannot be stored: {}", task.id, marked.error().message);
  }

  Result<ExportTask> FindTask(uint32_t app, uint64_t id) {
    RAWHAUL_ASSIGN(auto task, environment.tasks.Find(app, id));
    if (!task) return Fail(ErrorCode::kNotFound, fmt::format("there is no export task {}", id));
    return *std::move(task);
  }

  // Ends the task if it waits, or waits for its end if it runs.
  Status EndTask(uint64_t id) {
    std::unique_lock lock(mutex);
    const auto waiting =
        std::find_if(queue.begin(), queue.end(), [id](const auto& task) { return task.id == id; });
    if (waiting != queue.end()) {
      queue.erase(waiting);
      return environment.tasks.MarkFailed(id, environment.clock.Now(), kCanceled);
    }
    if (const auto entry = running.find(id); entry != running.end()) {
      entry->second->canceled = true;
      entry->second->stop.request_stop();
      changed.wait(lock, [&] { return !running.contains(id); });
    }
    return {};
  }

  const ExportEnvironment environment;
  ByteBudget memory;
  FairPool encoders;
  const PipelineResources resources;

  std::mutex mutex;
  std::stop_source stopping;  // requested by Stop, for what runs on threads of others
  std::condition_variable_any changed;
  std::deque<ExportTask> queue;                          // protected by mutex
  std::map<uint64_t, std::shared_ptr<Running>> running;  // protected by mutex
  std::vector<std::jthread> threads;
};

ExportRunner::ExportRunner(const ExportEnvironment& environment, const ExportOptions& options)
    : impl_(std::make_unique<Impl>(environment, options)) {}

ExportRunner::~ExportRunner() { Stop(); }

Result<ExportTask> ExportRunner::Create(const ExportRequest& request, const Secret& container_url) {
  if (impl_->stopping.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping");
  const ExportEnvironment& environment = impl_->environment;
  RAWHAUL_ASSIGN(const auto container, environment.containers.Open(container_url));
  RAWHAUL_TRY(RefuseUrl(container->CheckWritable(impl_->stopping.get_token())));
  const std::lock_guard lock(impl_->mutex);
  // Every batch that was answered by now has a sequence up to this one.
  const uint64_t cut_off = environment.stores.records().LastSequence();
  RAWHAUL_ASSIGN(const uint64_t id,
                 environment.tasks.Create(request, cut_off, environment.box.Seal(container_url),
                                          environment.clock.Now()));
  RAWHAUL_ASSIGN(ExportTask task, impl_->FindTask(request.app, id));
  impl_->queue.push_back(task);
  impl_->changed.notify_all();
  return task;
}

Result<ExportTask> ExportRunner::Cancel(uint32_t app, uint64_t id) {
  RAWHAUL_ASSIGN(const ExportTask before, impl_->FindTask(app, id));
  const auto refusal = [id](TaskState state) {
    return Fail(ErrorCode::kConflict,
                fmt::format("export task {} has already ended: {}", id, ToString(state)), "TaskEnded");
  };
  if (before.completed) return refusal(before.state);
  RAWHAUL_TRY(impl_->EndTask(id));
  RAWHAUL_ASSIGN(ExportTask after, impl_->FindTask(app, id));
  if (after.error_details != kCanceled) return refusal(after.state);
  return after;
}

std::optional<Progress> ExportRunner::ProgressOf(uint64_t id) const {
  const std::lock_guard lock(impl_->mutex);
  const auto entry = impl_->running.find(id);
  if (entry == impl_->running.end()) return std::nullopt;
  return entry->second->progress.Read();
}

void ExportRunner::Stop() {
  impl_->stopping.request_stop();
  for (std::jthread& thread : impl_->threads) thread.request_stop();
  impl_->threads.clear();
}

}  // namespace rawhaul
