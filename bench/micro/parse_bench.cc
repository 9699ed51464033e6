// The collect path up to the store: what one batch of ten events costs to parse, and to parse, pack and hand
// over.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "collect/batch_parser.h"
#include "collect/context_cache.h"
#include "collect/ingest_builder.h"

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

class NoDevices final : public DeviceStore {
 public:
  Result<std::optional<Device>> Find(uint32_t, const Guid&) const override { return std::nullopt; }
  Result<std::vector<Guid>> FindByUser(uint32_t, std::string_view) const override { return {}; }
  std::shared_ptr<const DeviceSnapshot> Snapshot(uint32_t) const override { return nullptr; }
};

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
  const NoDevices devices;
  ContextCache contexts(devices, 1024);
  const Timestamp now = ParseTimestamp("2016-04-26T09:31:01Z").value();
  for (auto _ : state) {
    auto batch = parser.Parse(json);
    const DeviceReport report{batch->info, batch->location, "u-4711", now};
    auto resolved = contexts.Resolve(1, batch->device_id, report);
    auto packed = MakeIngestBatch(1, *batch, resolved->context, {now, now});
    benchmark::DoNotOptimize(packed);
    contexts.Settle(resolved->ticket, ContextCache::Fate::kDurable);
  }
  Report(state, json);
}
BENCHMARK(ParseAndPackBatch);

}  // namespace
}  // namespace rawhaul

BENCHMARK_MAIN();
