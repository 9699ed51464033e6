// What the lists of export and of import tasks have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "catalog/catalog.h"

namespace rawhaul {

// What follows ORDER BY. Tasks that have no value to sort by come last in both directions, on every engine.
std::string OrderBy(TaskOrder order, bool descending);

// As a value of LIMIT or OFFSET.
long long ToLimit(uint64_t value);

// What becomes of each row of a list: a task, or why it cannot be read.
template <typename Task>
using TakeTask = std::function<Status(Result<Task>)>;

// One that cannot be read is the error of the list.
template <typename Task>
TakeTask<Task> AllInto(std::vector<Task>& tasks) {
  return [&tasks](Result<Task> task) -> Status {
    if (!task) return Fail(std::move(task).error());
    tasks.push_back(*std::move(task));
    return {};
  };
}

// One that cannot be read is logged and left out.
template <typename Task>
TakeTask<Task> ReadableInto(std::vector<Task>& tasks) {
  return [&tasks](Result<Task> task) -> Status {
    if (task) {
      tasks.push_back(*std::move(task));
    } else {
      log::Error("left out of the queue: {}", task.error().message);
    }
    return {};
  };
}

}  // namespace rawhaul
