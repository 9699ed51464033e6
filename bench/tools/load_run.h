// Sends a file of batches and watches the clock.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace rawhaul::bench {

struct LoadPlan {
  sockaddr_in server{};
  std::string host;  // as the Host header names it
  std::string key;
  std::string file;
  size_t connections = 64;
  double rate = 0;  // batches a second; 0: each connection sends when it has its answer
  size_t count = std::numeric_limits<size_t>::max();
  size_t first = 0;  // lines passed over
};

struct LoadReport {
  uint64_t records = 0;
  uint64_t failures = 0;
  std::string first_failure;
  double seconds = 0;                // from the first request to the last answer
  std::vector<double> milliseconds;  // of each batch: from when it was due to its answer
};

// Throws std::system_error when the file cannot be read or the server cannot be reached.
LoadReport RunLoad(const LoadPlan& plan);

}  // namespace rawhaul::bench
