#include "app/commands/commands.h"
#include "app/data_directory.h"

namespace rawhaul {
namespace {

Status Init(const std::string& data) {
  RAWHAUL_TRY(DataDirectory(data).Init());
  Print("initialised " + data);
  return {};
}

}  // namespace

void AddInit(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("init", "Make the keys and an empty catalog; safe to repeat");
  const auto data = std::make_shared<std::string>();
  AddData(*command, *data);
  SetExample(*command, "rawhaul init --data /var/lib/rawhaul");
  OnCommand(*command, action, data, Init);
}

}  // namespace rawhaul
