// A collector over stores in memory, for the tests of what it does.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <string_view>

#include "base/base_testing.h"
#include "collect/collector.h"
#include "collect/fake_stores_testing.h"
#include "model/record_batch.h"

namespace rawhaul {

inline constexpr uint32_t kApp = 7;
inline constexpr char kDevice[] = "00112233445566778899aabbccddeeff";
inline constexpr char kEvent[] = R"({"kind":"event","name":"n","timestamp":"2016-04-26T09:00:00Z"})";

inline Timestamp At(std::string_view text) { return ParseTimestamp(text).value(); }
inline Guid DeviceId() { return ParseGuid(kDevice).value(); }

inline std::string Batch(std::string_view members) {
  return fmt::format(R"({{"deviceId":"{}"{}{}}})", kDevice, members.empty() ? "" : ",", members);
}
inline std::string Records(std::string_view records) {
  return Batch(fmt::format(R"("records":[{}])", records));
}

inline CollectOptions Options(size_t max_queued_bytes) {
  CollectOptions options;
  options.max_queued_bytes = max_queued_bytes;
  return options;
}

inline RecordBatchHead HeadOf(const EncodedRecords& records) {
  return RecordBatchReader::Open(records.encoded).value().head();
}

class CollectorTest : public ::testing::Test {
 protected:
  Result<CollectOutcome> Collect(std::string_view json) { return Await(json, &Collector::Collect); }
  Result<CollectOutcome> CollectHistory(std::string_view json) {
    return Await(json, &Collector::CollectHistory);
  }

  Result<CollectOutcome> Await(std::string_view json,
                               void (Collector::*collect)(uint32_t, std::string_view, Collector::Done)) {
    std::promise<Result<CollectOutcome>> outcome;
    (collector_.*collect)(kApp, json,
                          [&](Result<CollectOutcome> result) { outcome.set_value(std::move(result)); });
    return outcome.get_future().get();
  }

  // The last batch that was stored.
  StoredIngest Last() { return stores_.ingest().stored().back(); }
  Device Stored() { return stores_.devices().Find(kApp, DeviceId()).value().value(); }
  // The head that the device's records get now.
  RecordBatchHead HeadNow() {
    EXPECT_TRUE(Collect(Records(kEvent)));
    head_bytes_ = Last().records.at(0);
    return HeadOf(head_bytes_);
  }

  FakeStores stores_;
  ManualClock clock_{At("2016-04-26T12:00:00Z")};
  EncodedRecords head_bytes_;
  Collector collector_{stores_, clock_, Options(4096)};
};

}  // namespace rawhaul
