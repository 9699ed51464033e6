// What one core hashes: every exported byte goes through SHA-256, in order, so that bounds an export; against
// Azure through CRC-64, too.
#include <benchmark/benchmark.h>

#include <string>

#include "base/crc64.h"
#include "base/digest.h"

namespace rawhaul {
namespace {

std::string OneSegment() { return std::string(1 << 20, 'x'); }

void HashSegments(benchmark::State& state) {
  const std::string segment = OneSegment();
  Sha256Stream hash;
  for (auto _ : state) hash.Update(segment);
  benchmark::DoNotOptimize(hash.FinishHex());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(segment.size()));
}
BENCHMARK(HashSegments);

void Checksum(benchmark::State& state) {
  const std::string segment = OneSegment();
  for (auto _ : state) benchmark::DoNotOptimize(Crc64(segment));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(segment.size()));
}
BENCHMARK(Checksum);

}  // namespace
}  // namespace rawhaul

BENCHMARK_MAIN();
