// Runs a fuzz target once on every file of the folders that are named: what stands in place of libFuzzer's
// main program where g++ builds the target. A folder that is missing or empty is a failure.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "property.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> FilesOf(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file()) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// False when the file cannot be read.
bool Run(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.good() && !in.eof()) return false;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  for (const fs::path folder : std::vector<std::string>(arguments + 1, arguments + count)) {
    const std::vector<fs::path> files = FilesOf(folder);
    if (files.empty()) {
      std::fprintf(stderr, "there is nothing to replay in %s\n", folder.c_str());
      return 1;
    }
    for (const fs::path& file : files) {
      std::fprintf(stderr, "%s\n",
                   file.c_str());  // so that the last line names the one that ended the program
      if (!Run(file)) return 1;
    }
  }
  return 0;
}
