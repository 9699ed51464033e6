// The commands of the program: each is added by the function of its file, and sets `action` when it is given.
#pragma once

#include "app/commands/command.h"

namespace rawhaul {

// On the server's data.
void AddInit(CLI::App& program, Action& action);
void AddApp(CLI::App& program, Action& action);
void AddClient(CLI::App& program, Action& action);
void AddServe(CLI::App& program, Action& action);
void AddBackup(CLI::App& program, Action& action);
void AddRestore(CLI::App& program, Action& action);
void AddCheck(CLI::App& program, Action& action);

// On a server, over HTTP.
void AddExport(CLI::App& program, Action& action);
void AddTasks(CLI::App& program, Action& action);
void AddSend(CLI::App& program, Action& action);

// On the program itself.
void AddCompletion(CLI::App& program, Action& action);
void AddManPage(CLI::App& program, Action& action);

}  // namespace rawhaul
