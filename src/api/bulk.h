// Back-fills: one batch a line, any number of lines.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "collect/collector.h"
#include "http/router.h"

namespace rawhaul::api {

// At most this many rejections are listed in an answer; all are counted.
inline constexpr size_t kMaxListedRejections = 1000;

struct BulkSummary {
  uint64_t lines = 0;
  uint64_t accepted = 0;          // records
  uint64_t rejected_lines = 0;    // whole batches
  uint64_t rejected_records = 0;  // of batches that were taken
  struct Item {
    uint64_t line = 0;            // from 1
    std::optional<size_t> index;  // of the record; none: the whole line
    Error error;
  };
  std::vector<Item> rejected;  // in no order of lines
};

boost::json::object ToJson(const BulkSummary& summary);

// Takes a body of lines and answers when all of it is durable: 200 with the summary, or the error that is no
// line's fault (503, 429), which means that a part may be stored; lines with a batchId can be sent again
// safely. Batches are handed on while earlier ones are being written; when the collector pushes back, the
// body is simply read slower. Waiting holds no thread. `collector` must outlive what was taken.
std::shared_ptr<http::BodyTaker> TakeBulk(uint32_t app, Collector& collector, const http::Responder& respond);

}  // namespace rawhaul::api
