#include "app/commands/description.h"

#include <algorithm>

namespace rawhaul {
namespace {

// CLI11 has the choices in the name of the type: "FORMAT:{json,csv}".
void SplitType(const std::string& type, OptionDescription& option) {
  const size_t open = type.find(":{");
  option.value = type.substr(0, open);
  if (open == std::string::npos) return;
  option.choices = CLI::detail::split(type.substr(open + 2, type.find('}') - open - 2), ',');
}

OptionDescription DescribeOption(const CLI::Option& option) {
  OptionDescription described;
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  if (option.get_items_expected_max() > 0) SplitType(option.get_type_name(), described);
  if (described.is_positional()) described.value = option.get_name(true);
  described.variable = option.get_envname();
  described.help = option.get_description();
  return described;
}

CommandDescription DescribeCommand(const CLI::App& command, const std::string& parent) {
  CommandDescription described{.path = parent + command.get_name(),
                               .name = command.get_name(),
                               .help = command.get_description(),
                               .footer = command.get_footer(),
                               .options = {},
                               .commands = {}};
  for (const CLI::Option* option : command.get_options())
    described.options.push_back(DescribeOption(*option));
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!below->get_group().empty())
      described.commands.push_back(DescribeCommand(*below, described.path + " "));
  }
  return described;
}

}  // namespace

CommandDescription Describe(const CLI::App& program) { return DescribeCommand(program, ""); }

std::vector<const CommandDescription*> AllCommands(const CommandDescription& program) {
  std::vector<const CommandDescription*> all{&program};
  for (const CommandDescription& command : program.commands) {
    const auto below = AllCommands(command);
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

}  // namespace rawhaul
