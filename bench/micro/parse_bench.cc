// The collect path up to the store: what one batch of ten events costs to parse, to parse and pack, and to be
// given its heads.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "collect/batch_parser.h"
#include "collect/ingest_builder.h"
#include "store/device_state.h"

namespace rawhaul {
namespace {

constexpr int kRecords = 10;

std::string EventBatch() {
  std::string records;
  for (int i = 0; i < kRecords; ++i) {
    records += fmt::format(
        R"({}{{"kind":"event","name":"video_clicked","timestamp":"2016-04-26T09:30:{:02}.518Z",)"
        R"("sessionId":"7c5f3b1e-2a6d-4c1b-9f0e-5d4c3b2a1908","extras":{{"video_id":{},"title":"Ein schöner Film",)"
        R"("position":12.5,"fullscreen":true}}}})",
        i == 0 ? "" : ",", i, 1000 + i);
  }
  return fmt::format(
      R"({{"batchId":"0f8fad5b-d9cb-469f-a165-70867728950e","deviceId":"00112233445566778899aabbccddeeff",)"
      R"("sentAt":"2016-04-26T09:31:00Z","info":{{"phoneModel":"Nexus 5","phoneManufacturer":"LGE",)"
      R"("firmwareVersion":"6.0.1","firmwareName":"Android","androidAPILevel":23,"carrierCountry":"nl",)"
      R"("locale":"nl_NL","carrierName":"KPN","networkType":"mobile","networkSubtype":"LTE",)"
      R"("applicationVersionName":"2.3.1","applicationVersionCode":231,"timeZoneOffset":120}},)"
      R"("appInfo":{{"plan":"gold","userid":"u-4711"}},"records":[{}]}})",
      records);
}

void Report(benchmark::State& state, const std::string& json) {
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(json.size()));
}

void ParseBatch(benchmark::State& state) {
  const std::string json = EventBatch();
  BatchParser parser{CollectLimits{}};
  for (auto _ : state) {
    auto batch = parser.Parse(json);
    if (!batch || batch->accepted() != kRecords) return state.SkipWithError("the batch was refused");
    benchmark::DoNotOptimize(batch);
  }
  Report(state, json);
}
BENCHMARK(ParseBatch);

void ParseAndPackBatch(benchmark::State& state) {
  const std::string json = EventBatch();
  BatchParser parser{CollectLimits{}};
  const Timestamp now = ParseTimestamp("2016-04-26T09:31:01Z").value();
  for (auto _ : state) {
    auto batch = parser.Parse(json);
    auto packed = MakeIngestBatch(1, *batch, {now, now});
    benchmark::DoNotOptimize(packed);
  }
  Report(state, json);
}
BENCHMARK(ParseAndPackBatch);

// What the store does with a packed batch of a device that it has at hand.
void GiveHeads(benchmark::State& state) {
  const std::string json = EventBatch();
  const Timestamp now = ParseTimestamp("2016-04-26T09:31:01Z").value();
  auto batch = BatchParser{CollectLimits{}}.Parse(json);
  const IngestBatch packed = MakeIngestBatch(1, *batch, {now, now});
  ContentIds ids;
  DeviceState device(packed.device, ids);
  for (auto _ : state) {
    auto records = device.Take(packed, ids);
    benchmark::DoNotOptimize(records);
  }
  Report(state, json);
}
BENCHMARK(GiveHeads);

}  // namespace
}  // namespace rawhaul

BENCHMARK_MAIN();
