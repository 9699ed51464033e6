#include "app/commands/command_line.h"

#include "app/commands/commands.h"

namespace rawhaul {

int RunCommandLine(int argc, char** argv) {
  CLI::App program("Rawhaul collects what mobile apps report and exports it in bulk.", "rawhaul");
  program.require_subcommand(1);
  program.set_version_flag("--version", RAWHAUL_VERSION);
  SetExample(program, "rawhaul serve --help");
  Action action;
  AddInit(program, action);
  AddApp(program, action);
  AddClient(program, action);
  AddServe(program, action);
  AddBackup(program, action);
  AddRestore(program, action);
  AddCheck(program, action);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  }
  return action();
}

}  // namespace rawhaul
