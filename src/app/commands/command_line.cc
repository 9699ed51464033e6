#include "app/commands/command_line.h"

#include <cstdio>

#include "app/commands/commands.h"

namespace rawhaul {
namespace {

// What was not understood. A value may be a secret whose option was misspelt, so only options are named.
std::string DescribeExtras(const CLI::App& program) {
  std::string text = "too many arguments";
  for (const std::string& extra : program.remaining(true)) {
    if (!extra.starts_with("--")) continue;
    text = "there is no option " + extra.substr(0, extra.find('='));
    break;
  }
  return text + "; --help lists what there is";
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CLI::App program("Collects what mobile apps report and exports it in bulk", "rawhaul");
  program.require_subcommand(1);
  program.set_version_flag("--version", RAWHAUL_VERSION);
  SetExample(program, "rawhaul export --help");
  Action action;
  AddInit(program, action);
  AddApp(program, action);
  AddClient(program, action);
  AddServe(program, action);
  AddBackup(program, action);
  AddRestore(program, action);
  AddCheck(program, action);
  AddExport(program, action);
  AddTasks(program, action);
  AddSend(program, action);
  AddCompletion(program, action);
  AddManPage(program, action);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    Complain(DescribeExtras(program));
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  }
  const int status = action();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  Complain("cannot write to standard output");
  return kExitFailure;
}

}  // namespace rawhaul
