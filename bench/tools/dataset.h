// The data set of the benchmark: batches of ten records as an SDK sends them, the same at every run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rawhaul::bench {

inline constexpr uint64_t kRecordsPerBatch = 10;
inline constexpr uint64_t kDevices = 500'000;

// Appends batch number `index` as one line of NDJSON, with its line break. One device uses its app for a few
// minutes in April 2016: one session, ten records of this kind ("event", "activity"), extras of about 90
// bytes. The devices take turns, so a data set of fewer batches than there are devices has that many devices.
void AppendBatch(uint64_t index, std::string_view kind, std::string& out);

}  // namespace rawhaul::bench
