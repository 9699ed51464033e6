// The commands of the program. CLI11 stays in command_line.cc.
#pragma once

namespace rawhaul {

// Runs the command that `argv` names. Returns the exit status: 0, 1 for a failure (told on standard error),
// or CLI11's own for a wrong use.
int RunCommandLine(int argc, char** argv);

}  // namespace rawhaul
