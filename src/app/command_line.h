// The commands of the program. CLI11 stays in command_line.cc.
#pragma once

namespace rawhaul {

// Runs the command that `argv` names. Returns the exit status: 0, 1 for a failure (told on standard error),
// CLI11's own for a wrong use, and those of `rawhaul check`.
int RunCommandLine(int argc, char** argv);

}  // namespace rawhaul
