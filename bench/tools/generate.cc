// Writes the data set of the benchmark:
//   bench_generate RECORDS [event|activity] >FILE.ndjson
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dataset.h"

int main(int argc, char** argv) {
  using namespace rawhaul::bench;
  const uint64_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  const std::string_view kind = argc > 2 ? argv[2] : "event";
  const bool is_known = kind == "event" || kind == "activity";
  if (argc > 3 || records == 0 || records % kRecordsPerBatch != 0 || !is_known) {
    std::fprintf(stderr, "usage: bench_generate RECORDS [event|activity]; RECORDS is a multiple of %d\n",
                 static_cast<int>(kRecordsPerBatch));
    return 2;
  }
  std::string text;
  for (uint64_t batch = 0; batch < records / kRecordsPerBatch; ++batch) {
    AppendBatch(batch, kind, text);
    if (text.size() < (1 << 20)) continue;
    std::fwrite(text.data(), 1, text.size(), stdout);
    text.clear();
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? 0 : 1;
}
