// Helpers for tests that work with stores.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base_testing.h"
#include "base/time.h"
#include "store/stores.h"

namespace rawhaul {

// A GUID that is `number` in its last bytes, with `first_byte` in front.
Guid TestGuid(uint64_t number, uint8_t first_byte = 0);
// 2016-04-26T00:00:00Z and so many hours.
Timestamp TestTime(int hours);

// A batch of the device TestGuid(1) with one event named `name`.
IngestBatch EventBatch(uint32_t app, Timestamp time, std::string_view name);
std::vector<BatchOutcome> WriteEach(Stores& stores, const std::vector<IngestBatch>& batches);
// The error of the first that is neither stored nor known.
Status WriteAll(Stores& stores, const std::vector<IngestBatch>& batches);

// Sequence and name of each record of the query, as a store reads them in one range that spans all.
using NamedRecord = std::pair<uint64_t, std::string>;
Result<std::vector<NamedRecord>> ReadNames(const Stores& stores, const RecordRange& range);
RecordRange WholeRange(const RecordQuery& query);
RecordQuery EventQuery(uint32_t app, Timestamp first, Timestamp last, uint64_t cut_off);
// Just the names of all events of an app.
Result<std::vector<std::string>> AllEventNames(const Stores& stores, uint32_t app);

}  // namespace rawhaul
