#include "app/commands/shell_completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

namespace rawhaul {
namespace {

using Options = std::vector<OptionDescription>;

std::string ReplaceAll(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// As one word of a POSIX shell.
std::string Quoted(const std::string& text) { return "'" + ReplaceAll(text, "'", "'\\''") + "'"; }

bool IsFile(const OptionDescription& option) { return option.value == "FILE"; }
bool IsDirectory(const OptionDescription& option) { return option.value == "DIR"; }

// "'rawhaul app' | 'rawhaul app create'": all paths below the program, as a pattern of `case`.
std::string PathPattern(const CommandDescription& program, std::string_view separator) {
  std::vector<std::string> paths;
  for (const CommandDescription* command : AllCommands(program)) {
    if (command != &program) paths.push_back(Quoted(command->path));
  }
  return fmt::format("{}", fmt::join(paths, separator));
}

// What may stand at any place of the command: names of options and commands, values of arguments.
std::vector<std::string> WordsOf(const CommandDescription& command) {
  std::vector<std::string> words;
  for (const CommandDescription& below : command.commands) words.push_back(below.name);
  for (const OptionDescription& option : command.options) {
    const auto& more = option.is_positional() ? option.choices : option.names;
    words.insert(words.end(), more.begin(), more.end());
  }
  return words;
}

// The line of a `case` for the value of this option; empty for a flag.
std::string BashValue(const CommandDescription& command, const OptionDescription& option) {
  if (option.is_positional() || option.value.empty()) return {};
  std::string action = "return";
  if (IsFile(option)) action = "_rawhaul_reply -f; return";
  if (IsDirectory(option)) action = "_rawhaul_reply -d; return";
  if (!option.choices.empty()) {
    action = fmt::format("_rawhaul_reply -W {}; return",
                         Quoted(fmt::format("{}", fmt::join(option.choices, " "))));
  }
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) patterns.push_back(Quoted(command.path + " " + name));
  return fmt::format("    {}) {} ;;\n", fmt::join(patterns, " | "), action);
}

bool TakesFile(const CommandDescription& command) {
  for (const OptionDescription& option : command.options) {
    if (option.is_positional() && IsFile(option)) return true;
  }
  return false;
}

// [text] of a zsh specification.
std::string ZshHelp(const std::string& text) { return ReplaceAll(ReplaceAll(text, "[", "\\["), "]", "\\]"); }

// What zsh's _arguments is to complete a value with.
std::string ZshAction(const OptionDescription& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  if (IsFile(option)) return "_files";
  if (IsDirectory(option)) return "_files -/";
  return " ";
}

std::vector<std::string> ZshSpecs(const Options& options) {
  std::vector<std::string> specs;
  for (const OptionDescription& option : options) {
    const std::string value =
        option.value.empty() ? "" : fmt::format(":{}:{}", option.value, ZshAction(option));
    if (option.is_positional()) specs.push_back(Quoted(value));
    for (const std::string& name : option.names) {
      specs.push_back(Quoted(fmt::format("{}[{}]{}", name, ZshHelp(option.help), value)));
    }
  }
  return specs;
}

std::string ZshCommand(const CommandDescription& command) {
  std::string text = fmt::format("    ({})\n", Quoted(command.path));
  if (!command.commands.empty()) {
    std::vector<std::string> commands;
    for (const CommandDescription& below : command.commands) {
      commands.push_back(Quoted(below.name + ":" + ReplaceAll(below.help, ":", "\\:")));
    }
    text += fmt::format("      commands=({})\n      (( CURRENT == 2 )) && _describe command commands\n",
                        fmt::join(commands, " "));
  }
  return text +
         fmt::format("      _arguments {} ;;\n", fmt::join(ZshSpecs(command.options), " \\\n        "));
}

// Fish wants a name without its dashes.
std::string FishName(const std::string& name) {
  return name.starts_with("--") ? "-l " + name.substr(2) : "-s " + name.substr(1);
}

std::string FishOption(const std::string& start, const OptionDescription& option) {
  const std::string choices =
      option.choices.empty()
          ? ""
          : fmt::format(" -a {}", Quoted(fmt::format("{}", fmt::join(option.choices, " "))));
  const std::string help = " -d " + Quoted(option.help);
  if (option.is_positional()) {
    return choices.empty() && !IsFile(option) ? "" : start + (IsFile(option) ? " -F" : choices) + help + "\n";
  }
  std::string text = start;
  for (const std::string& name : option.names) text += " " + FishName(name);
  const bool is_path = IsFile(option) || IsDirectory(option);
  if (!option.value.empty()) text += is_path ? " -r -F" : " -x" + choices;
  return text + help + "\n";
}

}  // namespace

std::string BashCompletion(const CommandDescription& program) {
  std::string values;
  std::string words;
  for (const CommandDescription* command : AllCommands(program)) {
    for (const OptionDescription& option : command->options) values += BashValue(*command, option);
    words += fmt::format("    {}) {}_rawhaul_reply -W {} ;;\n", Quoted(command->path),
                         TakesFile(*command) ? "_rawhaul_reply -f; " : "",
                         Quoted(fmt::format("{}", fmt::join(WordsOf(*command), " "))));
  }
  return fmt::format(R"(# Completion of rawhaul for bash, made by `rawhaul completion bash`.

# Adds what compgen finds with these arguments for the word that is being typed.
_rawhaul_reply() {{
  local found
  [[ $1 == -W ]] || compopt -o filenames 2>/dev/null
  mapfile -t found < <(compgen "$@" -- "$current")
  COMPREPLY+=("${{found[@]}}")
}}

_rawhaul() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} path={0} word
  # bash takes --option=value apart at the equals sign.
  [[ $previous == = ]] && previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  [[ $current == = ]] && current=
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
    case "$path $word" in
    {1}) path="$path $word" ;;
    esac
  done
  case "$path $previous" in
{2}  esac
  case $path in
{3}  esac
}}

complete -F _rawhaul {0}
)",
                     program.name, PathPattern(program, " | "), values, words);
}

std::string ZshCompletion(const CommandDescription& program) {
  std::string commands;
  for (const CommandDescription* command : AllCommands(program)) commands += ZshCommand(*command);
  return fmt::format(R"(#compdef {0}
# Completion of rawhaul for zsh, made by `rawhaul completion zsh`.

_rawhaul() {{
  local path_so_far={0} word
  local -a commands
  integer depth=1
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    case "$path_so_far $word" in
    ({1}) path_so_far="$path_so_far $word"; (( depth++ )) ;;
    esac
  done
  words=("${{(@)words[depth,-1]}}")
  (( CURRENT -= depth - 1 ))
  case $path_so_far in
{2}  esac
}}

_rawhaul "$@"
)",
                     program.name, PathPattern(program, "|"), commands);
}

std::string FishCompletion(const CommandDescription& program) {
  std::string lines;
  for (const CommandDescription* command : AllCommands(program)) {
    const std::string start =
        fmt::format("complete -c {} -n {}", program.name, Quoted("__rawhaul_at " + command->path));
    for (const CommandDescription& below : command->commands) {
      lines += fmt::format("{} -a {} -d {}\n", start, below.name, Quoted(below.help));
    }
    for (const OptionDescription& option : command->options) lines += FishOption(start, option);
  }
  return fmt::format(R"(# Completion of rawhaul for fish, made by `rawhaul completion fish`.

# Whether what has been typed is this command.
function __rawhaul_at
    set -l path {0}
    for word in (commandline -opc)[2..]
        switch "$path $word"
            case {1}
                set path "$path $word"
        end
    end
    test "$path" = "$argv"
end

complete -c {0} -f
{2})",
                     program.name, PathPattern(program, " "), lines);
}

}  // namespace rawhaul
