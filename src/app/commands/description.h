// The command line as data: what its completion and its manual page are made of.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rawhaul {

struct OptionDescription {
  std::vector<std::string> names;    // "--help", "-h"; empty: a positional argument
  std::string value;                 // what follows, "FILE", or what the argument is; empty: a flag
  std::vector<std::string> choices;  // the values there are, where there are few
  std::string variable;              // of the environment, or empty
  std::string help;

  bool is_positional() const { return names.empty(); }
};

struct CommandDescription {
  std::string path;  // "rawhaul tasks list"
  std::string name;  // "list"
  std::string help;
  std::string footer;  // lines that begin with two spaces are literal
  std::vector<OptionDescription> options;
  std::vector<CommandDescription> commands;
};

// Hidden commands are left out.
CommandDescription Describe(const CLI::App& program);

// The command and all below it, in the order of the help.
std::vector<const CommandDescription*> AllCommands(const CommandDescription& program);

}  // namespace rawhaul
