#include "app/commands/commands.h"
#include "app/commands/man_page.h"
#include "app/commands/shell_completion.h"

namespace rawhaul {
namespace {

Status PrintCompletion(const CLI::App& program, const std::string& shell) {
  const CommandDescription description = Describe(program);
  if (shell == "bash") PrintText(BashCompletion(description));
  if (shell == "zsh") PrintText(ZshCompletion(description));
  if (shell == "fish") PrintText(FishCompletion(description));
  return {};
}

}  // namespace

void AddCompletion(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("completion", "Print a script by which a shell completes commands");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  SetExample(*command, "source <(rawhaul completion bash)");
  OnCommand(*command, action, shell,
            [&program](const std::string& name) { return PrintCompletion(program, name); });
}

void AddManPage(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("man-page", "Print the manual page");
  command->group("");  // for the build
  OnCommand(*command, action, std::make_shared<int>(), [&program](int) -> Status {
    PrintText(ManPage(Describe(program), RAWHAUL_VERSION));
    return {};
  });
}

}  // namespace rawhaul
