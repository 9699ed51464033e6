#include "app/commands/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace rawhaul {
namespace {

// As text that man(7) shows as it is.
std::string Escaped(std::string_view text) {
  std::string out;
  // A dot or an apostrophe at the start of a line would make it a request.
  if (text.starts_with('.') || text.starts_with('\'')) out = "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Bold(std::string_view text) { return "\\fB" + Escaped(text) + "\\fR"; }
std::string Italic(std::string_view text) { return "\\fI" + Escaped(text) + "\\fR"; }

std::string NamesOf(const OptionDescription& option) {
  if (option.is_positional()) return Italic(option.value);
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(Bold(name));
  return fmt::format("{}{}", fmt::join(names, ", "), option.value.empty() ? "" : " " + Italic(option.value));
}

std::string OptionEntry(const OptionDescription& option) {
  std::string text = fmt::format(".TP\n{}\n{}.\n", NamesOf(option), Escaped(option.help));
  if (!option.choices.empty()) {
    std::vector<std::string> choices;
    for (const std::string& choice : option.choices) choices.push_back(Bold(choice));
    text += fmt::format("One of {}.\n", fmt::join(choices, ", "));
  }
  if (!option.variable.empty()) text += fmt::format("Environment: {}.\n", Bold(option.variable));
  return text;
}

// Lines that begin with two spaces are literal; an empty line ends a paragraph.
std::string Footer(const std::string& footer) {
  std::string text;
  bool is_literal = false;
  for (const std::string& line : CLI::detail::split(footer, '\n')) {
    if (line.starts_with("  ") != is_literal) {
      text += is_literal ? ".EE\n" : ".PP\n.EX\n";
      is_literal = !is_literal;
    }
    text += line.empty() ? ".PP\n" : Escaped(line) + "\n";
  }
  return text + (is_literal ? ".EE\n" : "");
}

std::string CommandSection(const CommandDescription& command) {
  std::string text = fmt::format(".SS {}\n{}.\n", Escaped(command.path), Escaped(command.help));
  for (const OptionDescription& option : command.options) text += OptionEntry(option);
  return text + ".PP\n" + Footer(command.footer);
}

std::string Environment(const CommandDescription& program) {
  std::map<std::string, std::string> variables;
  for (const CommandDescription* command : AllCommands(program)) {
    for (const OptionDescription& option : command->options) {
      if (!option.variable.empty()) variables[option.variable] = option.names.front();
    }
  }
  std::string text;
  for (const auto& [variable, option] : variables) {
    text += fmt::format(".TP\n{}\nWhat {} says where it is not given.\n", Bold(variable), Bold(option));
  }
  return text;
}

}  // namespace

std::string ManPage(const CommandDescription& program, std::string_view version) {
  std::string commands;
  for (const CommandDescription* command : AllCommands(program)) commands += CommandSection(*command);
  return fmt::format(R"(.TH {} 1 "" "Rawhaul {}" "User Commands"
.SH NAME
{} \- collect what mobile apps report and export it in bulk
.SH SYNOPSIS
{} {} [{}...]
.SH COMMANDS
{}.SH ENVIRONMENT
{}.TP
{}
Where it is set, nothing is shown in color.
.SH FILES
.TP
{}
Configuration of the commands that talk to a server, TOML.
)",
                     "RAWHAUL", version, program.name, Bold(program.name), Italic("COMMAND"),
                     Italic("OPTION"), commands, Environment(program), Bold("NO_COLOR"),
                     Italic("~/.config/rawhaul/client.toml"));
}

}  // namespace rawhaul
