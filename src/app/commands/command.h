// What the commands share. CLI11 stays in this folder.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace rawhaul {

// What a parsed command does, and its exit status; set by the command's callback, run after parsing.
using Action = std::function<int()>;

inline constexpr int kExitFailure = 1;

// A line, and any text, on standard output.
void Print(const std::string& line);
void PrintText(std::string_view text);
// A line on standard error, as all that is told of a failure.
void Complain(const std::string& message);

// 0, or `failed` with the reason on standard error.
int ExitStatus(const Status& status, int failed = kExitFailure);

void AddData(CLI::App& command, std::string& data);

// What `--help` shows at the end: a command line to start from, and what else there is to know.
void SetExample(CLI::App& command, const std::string& example, const std::string& notes = {});

// Has `run`, which returns a Status or an exit status, called with the options when `command` is the one that
// was given.
template <typename Options, typename Run>
void OnCommand(CLI::App& command, Action& action, const std::shared_ptr<Options>& options, Run run) {
  command.callback([options, run, &action] {
    action = [options, run] {
      if constexpr (std::is_same_v<decltype(run(*options)), Status>) {
        return ExitStatus(run(*options));
      } else {
        return run(*options);
      }
    };
  });
}

}  // namespace rawhaul
