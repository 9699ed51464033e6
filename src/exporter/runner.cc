#include "exporter/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/logging.h"
#include "base/mutex.h"
#include "blob/url_checks.h"
#include "catalog/parked_tasks.h"
#include "catalog/store_in_the_end.h"

namespace rawhaul {
namespace {

constexpr std::string_view kCanceled = "Canceled";
constexpr std::chrono::seconds kLook{1};  // at tasks that wait
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::minutes kLastRetry{1};
constexpr std::chrono::seconds kCancelPatience{10};

unsigned CoresOr(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

tl::unexpected<Error> TaskEnded(const ExportTask& task) {
  return Fail(ErrorCode::kConflict,
              fmt::format("export task {} has already ended: {}", task.id, ToString(task.state)),
              "TaskEnded");
}

// A task that is being run.
struct Running {
  std::stop_source stop;
  std::atomic<bool> canceled = false;
  std::atomic<bool> renewed = false;  // it has another URL than the one that this run began with
  LiveProgress progress;
  // Why its end could not be stored, which is tried again. Guarded by the runner's mutex.
  std::optional<Error> obstacle_to_end;
};

// What it waits for when the run of a task ends with this error; nullopt: the task has failed.
std::optional<WaitsFor> WaitAfter(const Error& error) {
  if (NeedsCredential(error)) return WaitsFor::kCredential;
  if (error.code == ErrorCode::kUnavailable) return WaitsFor::kStorage;
  return std::nullopt;
}

}  // namespace

struct ExportRunner::Impl {
  Impl(const ExportEnvironment& the_environment, const ExportOptions& options)
      : environment(the_environment),
        credential_wait(options.credential_wait),
        storage_wait(options.storage_wait),
        memory(options.memory_bytes),
        encoders(CoresOr(options.encode_threads)),
        resources{.encoders = encoders,
                  .memory = memory,
                  .pieces_ahead = 2 * CoresOr(options.encode_threads) + 2,
                  .parallel_uploads = options.uploads_per_task,
                  .block_bytes = options.block_bytes},
        parked("export", [this](const ExportTask& task) {
          return environment.tasks.MarkWaiting(task.id, *task.wait, *task.error_details);
        }) {
    const bool has_queue = EnqueueUnfinished();
    threads.emplace_back([this, has_queue](const std::stop_token& stop) {
      RunAgain("watching export tasks", stop, [&, has_queue = has_queue]() mutable {
        has_queue = has_queue || RetryEnqueue(stop);
        if (has_queue) WatchParked(stop);
      });
    });
    for (unsigned i = 0; i < options.parallel_tasks; ++i) {
      threads.emplace_back([this](const std::stop_token& stop) {
        RunAgain("running export tasks", stop, [&] { Work(stop); });
      });
    }
  }

  // Until it comes to its own end, which is the stop.
  template <typename Work>
  void RunAgain(std::string_view what, const std::stop_token& stop, Work work) {
    while (!RunGuarded(what, work) && environment.timer.Sleep(kFirstRetry, stop)) {
    }
  }

  // What came meanwhile is known already.
  bool EnqueueUnfinished() {
    const MutexLock lock(mutex);
    auto unfinished = environment.tasks.ListUnfinished();
    if (!unfinished) {
      log::Error("cannot read the queue of export tasks, trying again: {}", unfinished.error().message);
      return false;
    }
    std::erase_if(*unfinished, [this](const ExportTask& task) RAWHAUL_REQUIRES(mutex) {
      return IsIdle(task.id) || running.contains(task.id);
    });
    if (!unfinished->empty()) log::Info("going on with {} export tasks", unfinished->size());
    for (ExportTask& task : *unfinished) {
      if (task.wait) {
        task.progress = StagedProgress(task.id);
        std::string service = ServiceOfStorage(environment, task.id);
        parked.Add({std::move(task), std::move(service)});
      } else {
        queue.push_back({std::move(task), {}});
      }
    }
    changed.notify_all();
    return true;
  }

  // False when `stop` came first.
  bool RetryEnqueue(const std::stop_token& stop) {
    std::chrono::milliseconds wait = kFirstRetry;
    do {
      if (!environment.timer.Sleep(wait, stop)) return false;
      wait = std::min<std::chrono::milliseconds>(2 * wait, kLastRetry);
    } while (!EnqueueUnfinished());
    return true;
  }

  Progress StagedProgress(uint64_t id) const {
    LiveProgress progress;
    if (const auto checkpoint = environment.tasks.LoadCheckpoint(id)) progress.StartWith(checkpoint->files);
    return progress.Read();
  }

  void Work(const std::stop_token& stop) {
    MutexLock lock(mutex);
    while (changed.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex) { return !queue.empty(); }) &&
           !stop.stop_requested()) {
      PausedTask<ExportTask> next = std::move(queue.front());
      queue.pop_front();
      const auto state = std::make_shared<Running>();
      running.emplace(next.task.id, state);
      const bool is_outage = parked.AnyWaitsForStorage();
      lock.unlock();
      const auto obstacle = Guarded(
          [&]() -> Result<std::optional<Error>> { return RunToItsEnd(next, *state, is_outage, stop); });
      lock.lock();
      running.erase(next.task.id);
      changed.notify_all();
      if (!obstacle) {
        log::Error("export task {}: goes on at the next start: {}", next.task.id, obstacle.error().message);
      } else if (*obstacle) {
        Park(std::move(next), *state, **obstacle);
      }
    }
  }

  // An error for which the task has to wait; then its service is known, too.
  std::optional<Error> RunToItsEnd(PausedTask<ExportTask>& paused, Running& state, bool is_outage,
                                   const std::stop_token& server_stop) {
    const ExportTask& task = paused.task;
    const std::stop_callback stop_with_server(server_stop, [&state] { state.stop.request_stop(); });
    const auto outcome = Guarded([&]() -> Result<ExportOutcome> {
      const std::stop_token stop = state.stop.get_token();
      if (is_outage) RAWHAUL_TRY(NotAway(CheckStorage(environment, task.id, stop)));
      return RunTask(environment, resources, task, state.progress, stop);
    });
    if (!outcome && !state.canceled) {
      if (WaitAfter(outcome.error())) {
        paused.service = ServiceOfStorage(environment, task.id);
        return outcome.error();
      }
      if (server_stop.stop_requested()) {
        log::Info("export task {}: interrupted, goes on at the next start", task.id);
        return std::nullopt;
      }
    }
    DiscardStaged(environment, task);
    const Status stored = StoreInTheEnd(environment.timer, server_stop, [&] {
      Status once = StoreEnd(task, outcome, state);
      if (!once) NoteObstacleToEnd(state, once.error());
      return once;
    });
    if (!stored) log::Error("export task {}: its end cannot be stored: {}", task.id, stored.error().message);
    return std::nullopt;
  }

  void NoteObstacleToEnd(Running& state, const Error& error) {
    const MutexLock lock(mutex);
    state.obstacle_to_end = error;
    changed.notify_all();
  }

  Status StoreEnd(const ExportTask& task, const Result<ExportOutcome>& outcome, const Running& state) {
    const Timestamp now = environment.clock.Now();
    if (outcome) {
      RAWHAUL_TRY(environment.tasks.MarkSucceeded(task.id, now, state.progress.Read(), outcome->files,
                                                  outcome->manifest));
      const uint64_t rows = state.progress.rows;
      log::Info("export task {}: succeeded, {} row{}", task.id, rows, rows == 1 ? "" : "s");
      return {};
    }
    const std::string details = state.canceled ? std::string(kCanceled) : Describe(outcome.error());
    RAWHAUL_TRY(environment.tasks.MarkFailed(task.id, now, details));
    log::Warn("export task {}: failed: {}", task.id, details);
    return {};
  }

  void Park(PausedTask<ExportTask> stopped, const Running& state, const Error& obstacle)
      RAWHAUL_REQUIRES(mutex) {
    if (state.renewed || state.progress.came_further) stopped = Afresh(std::move(stopped));
    if (state.renewed) return queue.push_back(std::move(stopped));
    stopped.task.progress = state.progress.Read();
    const WaitsFor what = *WaitAfter(obstacle);
    parked.Park(std::move(stopped), what, Describe(obstacle), environment.clock.Now(),
                what == WaitsFor::kStorage ? storage_wait : credential_wait);
  }

  void WatchParked(const std::stop_token& stop) {
    MutexLock lock(mutex);
    while (changed.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex) { return !parked.empty(); }) &&
           !stop.stop_requested()) {
      const Timestamp now = environment.clock.Now();
      parked.StoreWaits();
      if (auto expired = parked.TakeExpired(now); !expired.empty()) {
        lock.unlock();  // their storage may be slow
        std::erase_if(expired, [&](const auto& one) { return FailParked(one.task, now); });
        lock.lock();
        for (PausedTask<ExportTask>& left : expired) parked.Add(std::move(left));
      }
      if (const auto id = parked.NextToTry(now)) {
        lock.unlock();
        const Status answer = Guarded([&] { return CheckStorage(environment, *id, stop); });
        lock.lock();
        if (stopping.stop_requested()) return;
        if (auto task = parked.TakeUnlessAway(*id, answer, environment.clock.Now())) {
          queue.push_back(*std::move(task));
          changed.notify_all();
        }
      } else {
        changed.wait_for(lock, stop, kLook, [] { return false; });
      }
    }
  }

  bool FailParked(const ExportTask& task, Timestamp now) const {
    const std::string details = DescribeExpired(task);
    DiscardStaged(environment, task);
    if (!environment.tasks.MarkFailed(task.id, now, details)) return false;
    log::Warn("export task {}: failed: {}", task.id, details);
    return true;
  }

  Result<ExportTask> FindTask(uint32_t app, uint64_t id) const {
    RAWHAUL_ASSIGN(auto task, environment.tasks.Find(app, id));
    if (!task) return Fail(ErrorCode::kNotFound, fmt::format("there is no export task {}", id));
    return *std::move(task);
  }

  Result<ExportTask> FindUnfinished(uint32_t app, uint64_t id) const {
    RAWHAUL_ASSIGN(ExportTask task, FindTask(app, id));
    if (task.completed) return TaskEnded(task);
    return task;
  }

  // Ends the task if it is queued or waits, or waits for its end if it runs: no longer than kCancelPatience,
  // and not for a catalog that cannot be written.
  Status EndTask(const ExportTask& task) {
    MutexLock lock(mutex);
    const auto until = std::chrono::steady_clock::now() + kCancelPatience;
    while (!IsIdle(task.id)) {
      const auto entry = running.find(task.id);
      if (entry == running.end()) return {};
      const auto state = entry->second;
      state->canceled = true;
      state->stop.request_stop();
      if (state->obstacle_to_end) return Fail(*state->obstacle_to_end);
      if (std::chrono::steady_clock::now() >= until) return {};
      changed.wait_until(lock, until);
    }
    PausedTask<ExportTask> idle = TakeIdle(task.id);
    lock.unlock();  // its storage and the catalog may be slow
    DiscardStaged(environment, task);
    Status marked = environment.tasks.MarkFailed(task.id, environment.clock.Now(), kCanceled);
    lock.lock();
    if (!marked) queue.push_back(std::move(idle));
    changed.notify_all();
    return marked;
  }

  // REQUIRES IsIdle(id).
  PausedTask<ExportTask> TakeIdle(uint64_t id) RAWHAUL_REQUIRES(mutex) {
    if (auto waiting = parked.Take(id)) return *std::move(waiting);
    const auto queued =
        std::find_if(queue.begin(), queue.end(), [id](const auto& other) { return other.task.id == id; });
    PausedTask<ExportTask> task = std::move(*queued);
    queue.erase(queued);
    return task;
  }

  bool IsIdle(uint64_t id) const RAWHAUL_REQUIRES(mutex) {
    return parked.contains(id) ||
           std::any_of(queue.begin(), queue.end(), [id](const auto& queued) { return queued.task.id == id; });
  }

  Status CheckSamePlace(uint64_t id, const Secret& container_url) const {
    RAWHAUL_ASSIGN(const std::string sealed, environment.tasks.SealedUrl(id));
    RAWHAUL_ASSIGN(const std::string before, environment.containers.PlaceOf(environment.box.Open(sealed)));
    RAWHAUL_ASSIGN(const std::string now, environment.containers.PlaceOf(container_url));
    if (before == now) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "containerUrl must lead to the container and path that the task was created with; only its "
                "SAS may change",
                "ContainerMismatch");
  }

  Result<std::unique_ptr<Container>> OpenWritable(const Secret& container_url) {
    if (stopping.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping");
    RAWHAUL_ASSIGN(auto container, environment.containers.Open(container_url));
    RAWHAUL_TRY(RefuseUrl(container->CheckWritable(stopping.get_token())));
    return container;
  }

  const ExportEnvironment environment;
  const std::chrono::seconds credential_wait;
  const std::chrono::seconds storage_wait;
  ByteBudget memory;
  FairPool encoders;
  const PipelineResources resources;

  mutable Mutex mutex;
  std::stop_source stopping;  // requested by Stop, for what runs on threads of others
  std::condition_variable_any changed;
  std::deque<PausedTask<ExportTask>> queue RAWHAUL_GUARDED_BY(mutex);
  std::map<uint64_t, std::shared_ptr<Running>> running RAWHAUL_GUARDED_BY(mutex);
  ParkedTasks<ExportTask> parked RAWHAUL_GUARDED_BY(mutex);
  std::vector<std::jthread> threads;
};

ExportRunner::ExportRunner(const ExportEnvironment& environment, const ExportOptions& options)
    : impl_(std::make_unique<Impl>(environment, options)) {}

ExportRunner::~ExportRunner() { Stop(); }

Result<ExportTask> ExportRunner::Create(const ExportRequest& request, const Secret& container_url) {
  RAWHAUL_TRY(impl_->OpenWritable(container_url));
  const ExportEnvironment& environment = impl_->environment;
  const MutexLock lock(impl_->mutex);
  // Every batch that was answered by now has a sequence up to this one.
  const uint64_t cut_off = environment.stores.records().LastSequence();
  RAWHAUL_ASSIGN(const uint64_t id,
                 environment.tasks.Create(request, cut_off, environment.box.Seal(container_url),
                                          environment.clock.Now()));
  RAWHAUL_ASSIGN(ExportTask task, impl_->FindTask(request.app, id));
  impl_->queue.push_back({task, {}});
  impl_->changed.notify_all();
  return task;
}

Result<ExportTask> ExportRunner::Cancel(uint32_t app, uint64_t id) {
  RAWHAUL_ASSIGN(const ExportTask task, impl_->FindUnfinished(app, id));
  RAWHAUL_TRY(impl_->EndTask(task));
  RAWHAUL_ASSIGN(ExportTask after, impl_->FindTask(app, id));
  if (!after.completed) {
    return Fail(
        ErrorCode::kUnavailable,
        fmt::format("export task {} has not ended yet: it is being canceled, or the server stops or has just "
                    "started; try again",
                    id));
  }
  if (after.error_details != kCanceled) return TaskEnded(after);
  return after;
}

Result<ExportTask> ExportRunner::RenewCredential(uint32_t app, uint64_t id, const Secret& container_url) {
  RAWHAUL_TRY(impl_->FindUnfinished(app, id));
  RAWHAUL_TRY(impl_->CheckSamePlace(id, container_url));
  RAWHAUL_TRY(impl_->OpenWritable(container_url));
  const ExportEnvironment& environment = impl_->environment;
  const MutexLock lock(impl_->mutex);
  RAWHAUL_TRY(environment.tasks.ReplaceSealedUrl(id, environment.box.Seal(container_url)));
  if (const auto entry = impl_->running.find(id); entry != impl_->running.end())
    entry->second->renewed = true;
  if (auto parked = impl_->parked.Take(id)) impl_->queue.push_back(Afresh(*std::move(parked)));
  impl_->changed.notify_all();
  return impl_->FindTask(app, id);
}

std::optional<Progress> ExportRunner::ProgressOf(uint64_t id) const {
  const MutexLock lock(impl_->mutex);
  if (const auto entry = impl_->running.find(id); entry != impl_->running.end()) {
    return entry->second->progress.Read();
  }
  if (const auto* parked = impl_->parked.Find(id)) return parked->task.progress;
  return std::nullopt;
}

void ExportRunner::Stop() {
  impl_->stopping.request_stop();
  for (std::jthread& thread : impl_->threads) thread.request_stop();
  impl_->threads.clear();
}

}  // namespace rawhaul
