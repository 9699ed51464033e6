#include "base/base_testing.h"

#include <stdlib.h>

#include <stdexcept>
#include <string>
#include <system_error>

namespace rawhaul {

TempDirectory::TempDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rawhaul-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory can be made");
  path_ = pattern;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace rawhaul
