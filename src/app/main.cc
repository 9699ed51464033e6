#include <unistd.h>

#include <csignal>
#include <initializer_list>

#include "app/commands/command_line.h"

namespace {

// What SIGTERM and SIGINT do by default, they do not do to the first process of a container: there it must
// ask for it.
void EndOnSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int signal) {
    ::raise(signal);        // by default again
    ::_exit(128 + signal);  // the first process; as a shell has it
  };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : {SIGTERM, SIGINT}) {
    struct sigaction before = {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_DFL) ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  EndOnSignals();
  return rawhaul::RunCommandLine(argc, argv);
}
