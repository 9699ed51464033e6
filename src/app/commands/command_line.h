// The command line of the program.
#pragma once

namespace rawhaul {

// Runs the command that `argv` names. Returns the exit status: 0, 1 for a failure (told on standard error),
// CLI11's own for a wrong use, and what a command's --help says of others.
int RunCommandLine(int argc, char** argv);

}  // namespace rawhaul
