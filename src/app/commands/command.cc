#include "app/commands/command.h"

#include <fmt/format.h>

#include <cstdio>

namespace rawhaul {

void Print(const std::string& line) { PrintText(line + "\n"); }

// Not by fmt::print, which throws: that nothing can be written is seen when the program ends.
void PrintText(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void Complain(const std::string& message) { fmt::print(stderr, "rawhaul: {}\n", message); }

int ExitStatus(const Status& status, int failed) {
  if (status) return 0;
  Complain(status.error().message);
  return failed;
}

void AddData(CLI::App& command, std::string& data) {
  command.add_option("--data", data, "Directory of the server's data")->required()->type_name("DIR");
}

void SetExample(CLI::App& command, const std::string& example, const std::string& notes) {
  command.footer("Example:\n  " + example + (notes.empty() ? "" : "\n\n" + notes));
}

}  // namespace rawhaul
