#include "app/check.h"

#include "app/commands/commands.h"
#include "app/data_directory.h"

namespace rawhaul {
namespace {

constexpr int kFindings = 1;
constexpr int kNotChecked = 2;

int CheckCommand(const std::string& data) {
  const auto findings = CheckData(DataDirectory(data));
  if (!findings) return ExitStatus(Fail(findings.error()), kNotChecked);
  for (const std::string& finding : *findings) Print(finding);
  if (findings->empty()) Print(data + " is as it was written");
  return findings->empty() ? 0 : kFindings;
}

}  // namespace

void AddCheck(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "check", "Read all data, or a backup, and print what is damaged; changes nothing");
  const auto data = std::make_shared<std::string>();
  AddData(*command, *data);
  SetExample(*command, "rawhaul check --data /backups/2026-11-22",
             "Exit status: 0 all is well, 1 something is damaged, 2 it could not be checked.");
  OnCommand(*command, action, data, CheckCommand);
}

}  // namespace rawhaul
