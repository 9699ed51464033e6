// What the commands on export tasks share.
#pragma once

#include <cstdint>

#include "app/commands/connection.h"

namespace rawhaul {

struct TaskOutput {
  bool wait = false;
  bool json = false;
};
// --wait, --json.
void AddOutputOptions(CLI::App& command, TaskOutput& output);

inline constexpr int kTaskFailed = 2;
inline constexpr int kEndNotSeen = 3;
inline constexpr const char* kWaitStatusNotes =
    "Exit status: 0 done; 1 an error; with --wait also 2 the task failed, 3 the server does not answer "
    "while\n"
    "the task goes on, 130 Ctrl-C, which leaves the task running.";

// Waits for the end of the task and shows its progress on standard error; then prints the files, or the whole
// task as JSON. Returns the exit status, which is told.
int WaitAndTell(client::RestClient& rest, uint64_t id, const TaskOutput& output, Link& link);

}  // namespace rawhaul
