// Tasks that wait for something outside of the server: they take no thread, and no memory but this.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/growing_wait.h"
#include "base/logging.h"
#include "base/result.h"
#include "base/time.h"
#include "model/export_task.h"

namespace rawhaul {

// How often a storage that does not answer is asked whether it does again.
inline constexpr std::chrono::seconds kShortestStorageWait{1};
inline constexpr std::chrono::minutes kLongestStorageWait{5};

// A task and the pause between its tries, which goes on growing until the task comes further.
template <typename Task>
struct PausedTask {
  Task task;
  std::string service;  // of its storage (ServiceOf); empty: not known
  GrowingWait pause{kShortestStorageWait, kLongestStorageWait};
  bool is_stored = true;  // that it waits, and why, as the task says
};

// As one that has not waited yet.
template <typename Task>
PausedTask<Task> Afresh(Task task) {
  task.wait.reset();
  task.error_details.reset();
  return {std::move(task), {}};
}

// Of a storage's `answer` to a task that has not begun: whether it is away. Whatever else it answers, the
// task finds out what it means.
inline Status AwayOrNot(const Status& answer) {
  return answer || answer.error().code != ErrorCode::kUnavailable ? Status() : answer;
}

// It cannot go on now. One that came no further since it waited for the same waits no longer in all.
template <typename Task>
void SetWait(PausedTask<Task>& paused, WaitsFor what, Timestamp now, std::chrono::seconds longest) {
  std::optional<TaskWait>& wait = paused.task.wait;
  if (!wait || wait->what != what) wait = TaskWait{what, now + longest};
  paused.pause.Failed(now);
}

// Stores by `store`, which returns a Status, that the task waits, and why. False: it has to be tried again.
// `kind`, "export", is for the log.
template <typename Task, typename Store>
bool StoreWait(std::string_view kind, const Task& task, const Store& store) {
  const Status stored = store(task);
  if (!stored)
    log::Error("{} task {}: that it waits cannot be stored: {}", kind, task.id, stored.error().message);
  return stored.has_value();
}

// Why it waits now, where that is another reason than before. REQUIRES a task with a wait.
template <typename Task, typename Store>
void NoteObstacle(std::string_view kind, PausedTask<Task>& paused, std::string details, const Store& store) {
  Task& task = paused.task;
  if (task.error_details == details) return;
  log::Warn("{} task {}: waits for {} until {}: {}", kind, task.id,
            task.wait->what == WaitsFor::kStorage ? "its storage" : "another containerUrl",
            FormatTimestamp(task.wait->until), details);
  task.error_details = std::move(details);
  paused.is_stored = StoreWait(kind, task, store);
}

// Those of one runner. Not thread-safe. `Task` is an ExportTask or ImportTask; REQUIRES one with a wait.
template <typename Task>
class ParkedTasks {
 public:
  bool empty() const { return tasks_.empty(); }
  bool contains(uint64_t id) const { return tasks_.contains(id); }
  void Add(PausedTask<Task> parked) {
    const uint64_t id = parked.task.id;
    tasks_.insert_or_assign(id, std::move(parked));
  }
  // nullptr when it is not here; valid until the next change.
  PausedTask<Task>* Find(uint64_t id) {
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? nullptr : &found->second;
  }
  std::optional<PausedTask<Task>> Take(uint64_t id) {
    auto node = tasks_.extract(id);
    if (!node) return std::nullopt;
    return std::move(node.mapped());
  }

  // A storage is away. Tasks that are still to run may be of the same one: who asks it first, in little time,
  // is not kept by each of them as long as a request is tried.
  bool AnyWaitsForStorage() const {
    return std::any_of(tasks_.begin(), tasks_.end(),
                       [](const auto& entry) { return entry.second.task.wait->what == WaitsFor::kStorage; });
  }
  // One that waits for its storage, which may be asked again: the one that could be for the longest time.
  std::optional<uint64_t> NextToTry(Timestamp now) const {
    const PausedTask<Task>* next = nullptr;
    for (const auto& [id, parked] : tasks_) {
      const bool is_due = parked.task.wait->what == WaitsFor::kStorage && parked.pause.IsOver(now);
      if (is_due && (next == nullptr || parked.pause.over_at() < next->pause.over_at())) next = &parked;
    }
    return next == nullptr ? std::nullopt : std::optional(next->task.id);
  }
  // The storage of `parked`, which is here, did not answer. Those of the same service are not asked for now,
  // either.
  void StorageFailed(PausedTask<Task>& parked, Timestamp now) {
    parked.pause.Failed(now);
    if (parked.service.empty()) return;
    for (auto& [id, other] : tasks_) {
      const bool is_due = other.task.wait->what == WaitsFor::kStorage && other.pause.IsOver(now);
      if (is_due && other.service == parked.service) other.pause.Failed(now);
    }
  }
  // Each that is not stored yet.
  template <typename Store>
  void StoreWaits(std::string_view kind, const Store& store) {
    for (auto& [id, parked] : tasks_)
      parked.is_stored = parked.is_stored || StoreWait(kind, parked.task, store);
  }
  // Takes those whose time is up.
  std::vector<PausedTask<Task>> TakeExpired(Timestamp now) {
    std::vector<PausedTask<Task>> expired;
    std::erase_if(tasks_, [&](auto& entry) {
      if (!IsExpired(entry.second, now)) return false;
      expired.push_back(std::move(entry.second));
      return true;
    });
    return expired;
  }

 private:
  // A storage that was not asked since the server started may have come back long ago.
  static bool IsExpired(const PausedTask<Task>& parked, Timestamp now) {
    const TaskWait& wait = *parked.task.wait;
    return wait.until <= now && (wait.what != WaitsFor::kStorage || parked.pause.has_failed());
  }

  std::map<uint64_t, PausedTask<Task>> tasks_;
};

}  // namespace rawhaul
