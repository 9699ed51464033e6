// How fast one core turns stored batches into the text of exported files, and compresses it.
//   format_bench --benchmark_filter=Encode
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "format/compressor.h"
#include "format/encoder.h"
#include "model/record_batch.h"
#include "model/record_batch_testing.h"

namespace rawhaul {
namespace {

const Timestamp kHourStart = *ParseTimestamp("2016-04-26T09:00:00Z");

Guid RandomId(std::mt19937_64& random) {
  Guid id;
  for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random());
  return id;
}

Record MakeRecord(RecordKind kind, const Guid& session, std::mt19937_64& random) {
  constexpr std::array kNames{"video_clicked", "add_to_cart", "open", "checkout_started", "page, with comma"};
  Record record;
  record.kind = kind;
  record.name = kNames[random() % kNames.size()];
  record.time = kHourStart + std::chrono::milliseconds(random() % 3'600'000);
  record.session_id = session;
  record.extras = fmt::format(R"({{"video_id":{},"title":"Episode {}","autoplay":true}})", random() % 100000,
                              random() % 50);
  if (kind == RecordKind::kActivity) record.duration_ms = static_cast<int64_t>(random() % 100000);
  if (kind == RecordKind::kJob) {
    record.job_id = RandomId(random);
    record.start = record.time;
    record.end = record.time + std::chrono::seconds(random() % 600);
  }
  return record;
}

// Batches of `rows` rows of devices of their own, two megabytes of them and more.
std::vector<std::string> MakeBatches(RecordKind kind, int64_t rows) {
  std::mt19937_64 random(1);
  std::vector<std::string> batches(std::max<int64_t>(1, 20000 / rows));
  for (std::string& batch : batches) {
    const std::string user = random() % 2 == 0 ? fmt::format("user{}@example.com", random() % 100000) : "";
    RecordBatchEncoder encoder(kind, RandomId(random), user, RandomId(random), RandomId(random), kHourStart);
    const Guid session = RandomId(random);
    for (int64_t i = 0; i < rows; ++i) encoder.Add(MakeRecord(kind, session, random));
    batch = encoder.Finish();
  }
  return batches;
}

uint64_t EncodeAll(RecordEncoder& encoder, const std::vector<std::string>& batches, ByteBuffer& out) {
  uint64_t rows = 0;
  uint64_t sequence = 0;
  for (const std::string& batch : batches) rows += encoder.Encode(++sequence, batch, out)->rows;
  return rows;
}

void Encode(benchmark::State& state, ExportType type, ExportFormat format) {
  const auto batches = MakeBatches(*RecordKindOf(type), state.range(0));
  const auto encoder = MakeRecordEncoder(type, format);
  ByteBuffer out;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  for (auto _ : state) {
    out.Truncate(0);
    rows += EncodeAll(*encoder, batches, out);
    bytes += out.size();
    benchmark::DoNotOptimize(out.view());
  }
  state.SetItemsProcessed(static_cast<int64_t>(rows));
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void CompressText(benchmark::State& state, ExportFormat format, Compression compression) {
  ByteBuffer plain;
  EncodeAll(*MakeRecordEncoder(ExportType::kEvent, format), MakeBatches(RecordKind::kEvent, 32), plain);
  const auto compressor = MakeCompressor(compression);
  ByteBuffer packed;
  for (auto _ : state) {
    packed.Truncate(0);
    compressor->Compress(plain.view(), packed);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * plain.size()));
  state.counters["ratio"] = static_cast<double>(plain.size()) / static_cast<double>(packed.size());
}

void Register() {
  for (const auto type : {ExportType::kEvent, ExportType::kActivity, ExportType::kJob}) {
    for (const auto format :
         {ExportFormat::kJsonBlob, ExportFormat::kCsvBlob, ExportFormat::kJsonLinesBlob}) {
      const std::string name = fmt::format("Encode/{}/{}", ToString(type), ToString(format));
      benchmark::RegisterBenchmark(name.c_str(), Encode, type, format)->Arg(8)->Arg(32)->Arg(256);
    }
  }
  for (const auto format : {ExportFormat::kJsonBlob, ExportFormat::kCsvBlob}) {
    for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
      const std::string name = fmt::format("Compress/{}/{}", ToString(format), ToString(compression));
      benchmark::RegisterBenchmark(name.c_str(), CompressText, format, compression);
    }
  }
}

}  // namespace
}  // namespace rawhaul

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  rawhaul::Register();
  benchmark::RunSpecifiedBenchmarks();
}
