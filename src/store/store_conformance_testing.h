// What every engine must do. An engine's test instantiates StoreConformanceTest with a way to open its
// stores.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "store/store_testing.h"
#include "store/stores.h"

namespace rawhaul {

struct StoreEngine {
  std::string name;  // letters and digits
  // Opens what is in `directory`; engines that keep data elsewhere derive a name from it.
  std::function<Result<std::unique_ptr<Stores>>(const std::filesystem::path& directory, const Clock& clock)>
      open;
};

inline void PrintTo(const StoreEngine& engine, std::ostream* out) { *out << engine.name; }

// Names the tests. It must be given to INSTANTIATE_TEST_SUITE_P: this call is what links the suite into a
// test program.
std::string EngineName(const testing::TestParamInfo<StoreEngine>& engine);

// Links the part of the suite that stands in store_conformance_context_testing.cc.
void LinkContextTests();

class StoreConformanceTest : public testing::TestWithParam<StoreEngine> {
 protected:
  StoreConformanceTest();

  Stores& stores() { return *stores_; }
  void Reopen();
  void Write(const std::vector<IngestBatch>& batches);
  std::vector<std::string> Names(uint32_t app);
  // The names of a query, read range by range.
  std::vector<std::string> SplitNames(const RecordQuery& query, uint64_t target_bytes);

  TempDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<Stores> stores_;
};

}  // namespace rawhaul
