// Writes the data set of the benchmark:
//   bench_generate EVENTS >FILE.ndjson
#include <cstdio>
#include <cstdlib>
#include <string>

#include "dataset.h"

int main(int argc, char** argv) {
  using namespace rawhaul::bench;
  const uint64_t events = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (events == 0 || events % kRecordsPerBatch != 0) {
    std::fprintf(stderr, "usage: bench_generate EVENTS, a multiple of %d\n",
                 static_cast<int>(kRecordsPerBatch));
    return 2;
  }
  std::string text;
  for (uint64_t batch = 0; batch < events / kRecordsPerBatch; ++batch) {
    AppendBatch(batch, text);
    if (text.size() < (1 << 20)) continue;
    std::fwrite(text.data(), 1, text.size(), stdout);
    text.clear();
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? 0 : 1;
}
