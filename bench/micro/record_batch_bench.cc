// How fast one core packs records into stored batches and reads them back.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "model/record_batch.h"
#include "model/record_batch_testing.h"

namespace rawhaul {
namespace {

const Timestamp kHourStart = *ParseTimestamp("2016-04-26T09:00:00Z");
const Guid kDevice = *ParseGuid("00112233445566778899aabbccddeeff");
const Guid kSession = *ParseGuid("30112233445566778899aabbccddeeff");

struct Texts {
  std::string name;
  std::string extras;
};

std::vector<Texts> MakeTexts(int64_t rows) {
  std::vector<Texts> texts;
  for (int64_t i = 0; i < rows; ++i) {
    texts.push_back(
        {fmt::format("video_clicked_{}", i % 7),
         fmt::format(R"({{"video_id":{},"title":"Episode {}","category":"sports","autoplay":true}})",
                     1000 + i, i % 50)});
  }
  return texts;
}

std::string Pack(const std::vector<Texts>& texts) {
  RecordBatchEncoder encoder(RecordKind::kEvent, kDevice, "user@example.com", kDevice, kDevice, kHourStart);
  for (size_t i = 0; i < texts.size(); ++i) {
    Record record;
    record.name = texts[i].name;
    record.extras = texts[i].extras;
    record.time = kHourStart + std::chrono::milliseconds(i * 1000);
    record.session_id = kSession;
    encoder.Add(record);
  }
  return encoder.Finish();
}

void PackRecords(benchmark::State& state) {
  const auto texts = MakeTexts(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Pack(texts));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(PackRecords)->Arg(10)->Arg(256);

void ReadRecords(benchmark::State& state) {
  const std::string batch = Pack(MakeTexts(state.range(0)));
  for (auto _ : state) {
    auto reader = RecordBatchReader::Open(batch);
    size_t bytes = 0;
    for (RecordRow row; reader->Next(row);) bytes += row.extras.size();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ReadRecords)->Arg(10)->Arg(256);

}  // namespace
}  // namespace rawhaul

BENCHMARK_MAIN();
