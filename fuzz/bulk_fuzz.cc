// Of a bulk body: however it comes in parts, each of its lines is a batch by itself, counted and stored as if
// it had come alone. The first byte of an input is the size of the parts.
#include <algorithm>
#include <boost/json.hpp>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "api/bulk_testing.h"
#include "base/base_testing.h"
#include "collect/batch_parser.h"
#include "collect/fake_stores_testing.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;
namespace json = boost::json;

std::deque<std::string> Cut(std::string_view body, size_t size) {
  std::deque<std::string> parts;
  for (; !body.empty(); body.remove_prefix(std::min(size, body.size())))
    parts.emplace_back(body.substr(0, size));
  return parts;
}

// What should come of the body, line by line.
struct Expected {
  uint64_t lines = 0;
  uint64_t accepted = 0;
  uint64_t rejected_lines = 0;
  uint64_t rejected_records = 0;
  std::vector<Guid> stored;  // devices of the batches, in order
};

void Expect(std::string_view line, BatchParser& parser, std::set<Guid>& batch_ids, Expected& expected) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  ++expected.lines;
  const auto batch = parser.Parse(line);
  if (!batch) {
    ++expected.rejected_lines;
    return;
  }
  expected.accepted += batch->accepted();
  expected.rejected_records += batch->rejected.size();
  if (!batch->batch_id || batch_ids.insert(*batch->batch_id).second)
    expected.stored.push_back(batch->device_id);
}

Expected ExpectedOf(std::string_view body) {
  Expected expected;
  std::set<Guid> batch_ids;
  BatchParser parser{CollectLimits()};
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    Expect(body.substr(0, end), parser, batch_ids, expected);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return expected;
}

uint64_t Number(const json::value& body, const char* name) { return body.at(name).to_number<uint64_t>(); }

void RequireListed(const json::value& summary) {
  const uint64_t rejections = Number(summary, "rejectedLines") + Number(summary, "rejectedRecords");
  const json::array& listed = summary.at("rejected").as_array();
  Require(listed.size() == std::min<uint64_t>(rejections, api::kMaxListedRejections),
          "every rejection is listed as long as there is room");
  for (const auto& item : listed) {
    Require(Number(item, "line") > 0 && !item.at("error").at("message").as_string().empty(),
            "a rejection says where and why");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body = fuzz::AsText(data, size).substr(1);
  FakeStores stores;
  const ManualClock clock;
  Collector collector(stores, clock, {});
  const auto answer = api::BulkRequest::Run(1, collector, Cut(body, size_t{data[0]} + 1));
  const Expected expected = ExpectedOf(body);
  Require(answer->status == 200, "a bad line does not end the rest");
  const json::value summary = json::parse(answer->body);
  Require(Number(summary, "lines") == expected.lines && Number(summary, "accepted") == expected.accepted,
          "all lines are taken");
  Require(Number(summary, "rejectedLines") == expected.rejected_lines &&
              Number(summary, "rejectedRecords") == expected.rejected_records,
          "what is wrong is counted");
  RequireListed(summary);
  std::vector<Guid> stored;
  for (const StoredIngest& batch : stores.ingest().stored()) stored.push_back(batch.device_id);
  Require(stored == expected.stored, "what was accepted is stored, once and in order");
  return 0;
}
