#include "api/bulk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <deque>
#include <map>
#include <optional>

#include "api/bulk_testing.h"
#include "collect/fake_stores_testing.h"
#include "store/store_testing.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

// `text` in parts of `size` bytes, so that lines are cut anywhere.
std::deque<std::string> Cut(const std::string& text, size_t size) {
  std::deque<std::string> parts;
  for (size_t i = 0; i < text.size(); i += size) parts.push_back(text.substr(i, size));
  return parts;
}

std::string Line(const std::string& name) {
  return R"({"deviceId":"00112233445566778899aabbccddeeff","records":[{"kind":"event","timestamp":"2016-04-26T10:00:00Z","name":")" +
         name + "\"}]}";
}

// What an answer counts.
struct Summary {
  int64_t lines = 0;
  int64_t accepted = 0;
  int64_t rejected_lines = 0;
  int64_t rejected_records = 0;
  bool operator==(const Summary&) const = default;
};

Summary SummaryOf(const std::optional<http::Response>& answer) {
  EXPECT_EQ(answer.value().status, 200) << answer->body;
  const json::value body = json::parse(answer->body);
  const auto number = [&](const char* name) { return body.at(name).to_number<int64_t>(); };
  return {number("lines"), number("accepted"), number("rejectedLines"), number("rejectedRecords")};
}

class BulkTest : public testing::Test {
 protected:
  Summary Send(std::deque<std::string> parts) {
    return SummaryOf(BulkRequest::Run(1, collector_, std::move(parts)));
  }

  std::vector<std::string> StoredNames() {
    auto names = AllEventNames(*stores_, 1).value();
    std::sort(names.begin(), names.end());
    return names;
  }

  ManualClock clock_;
  TempDirectory directory_;
  std::unique_ptr<Stores> stores_ = std::move(*OpenEmbeddedStores(directory_.path(), {}, clock_));
  // So little room that back-pressure is the rule.
  Collector collector_{*stores_, clock_, {.limits = {}, .max_queued_bytes = 2000}};
};

TEST_F(BulkTest, EveryLineIsStoredHoweverTheBodyIsCut) {
  for (const size_t size : {size_t{1}, size_t{7}, size_t{100000}}) {
    const auto summary = Send(Cut(Line("a") + "\n\r\n" + Line("b") + "\r\n" + Line("c"), size));
    EXPECT_EQ(summary, (Summary{.lines = 3, .accepted = 3}));
  }
  EXPECT_EQ(StoredNames(), (std::vector<std::string>{"a", "a", "a", "b", "b", "b", "c", "c", "c"}));
}

TEST_F(BulkTest, AnEmptyBodyHasNoLines) { EXPECT_EQ(Send({}), Summary{}); }

TEST_F(BulkTest, BackPressureSlowsDownAndLosesNothing) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += Line("n") + "\n";
  EXPECT_EQ(Send(Cut(text, 4096)), (Summary{.lines = 500, .accepted = 500}));
  EXPECT_EQ(StoredNames().size(), 500u);
}

TEST_F(BulkTest, LinesOfOneDeviceCountInTheirOrder) {
  constexpr int kLines = 2000;
  std::string text;
  for (int i = 1; i <= kLines; ++i) {
    text +=
        R"({"deviceId":"00112233445566778899aabbccddeeff","appInfo":{"line":)" + std::to_string(i) + "}}\n";
  }
  EXPECT_EQ(Send(Cut(text, 4096)).lines, 2000u);
  const auto device = stores_->devices().Find(1, ParseGuid("00112233445566778899aabbccddeeff").value());
  EXPECT_EQ(device.value()->tags.at("line"), std::to_string(kLines));
}

TEST_F(BulkTest, BadLinesAndRecordsAreToldByLine) {
  const std::string bad_record =
      R"({"deviceId":"d","records":[{"kind":"event","timestamp":"2016-04-26T10:00:00Z","name":"ok"},{"kind":"event","name":"x"}]})";
  const auto answer = BulkRequest::Run(1, collector_,
                                       {Line("a") + "\n{not json\n" + bad_record + "\n" +
                                        std::string((1 << 20) + 10, 'x') + "\n" + Line("b")});
  EXPECT_EQ(SummaryOf(answer),
            (Summary{.lines = 5, .accepted = 3, .rejected_lines = 2, .rejected_records = 1}));
  std::map<int64_t, std::optional<int64_t>> where;
  const json::value body = json::parse(answer->body);
  for (const auto& item : body.at("rejected").as_array()) {
    const json::value* const index = item.as_object().if_contains("index");
    where[item.at("line").to_number<int64_t>()] =
        index ? std::optional(index->to_number<int64_t>()) : std::nullopt;
  }
  EXPECT_EQ(where, (std::map<int64_t, std::optional<int64_t>>{{2, std::nullopt}, {3, 1}, {4, std::nullopt}}));
}

TEST_F(BulkTest, OfABodyThatBreaksOffWhatCameIsKept) {
  EXPECT_FALSE(BulkRequest::Run(1, collector_, {Line("a") + "\n"}, true));
  collector_.Stop();
  EXPECT_EQ(StoredNames(), std::vector<std::string>{"a"});
}

TEST_F(BulkTest, AStoppedCollectorIsTheServersFault) {
  collector_.Stop();
  EXPECT_EQ(BulkRequest::Run(1, collector_, {Line("a") + "\n" + Line("b")})->status, 503);
}

TEST(BulkOfABusyStore, BackPressureThatIsToldLateIsTheAnswer) {
  FakeStores stores;
  const ManualClock clock;
  Collector collector(stores, clock, {});
  stores.ingest().FailWith(Error{ErrorCode::kResourceExhausted, "too much at once", "TooBusy"});
  std::deque<std::string> parts;
  for (int i = 0; i < 2000; ++i) parts.push_back(Line("a") + "\n");
  EXPECT_EQ(BulkRequest::Run(1, collector, std::move(parts))->status, 429);
}

TEST(BulkSummary, OnTheWire) {
  BulkSummary summary{.lines = 2, .accepted = 9, .rejected_lines = 1, .rejected_records = 1, .rejected = {}};
  summary.rejected.push_back({3, 4, {ErrorCode::kInvalidArgument, "m", "InvalidName"}});
  EXPECT_EQ(boost::json::serialize(ToJson(summary)),
            R"({"lines":2,"accepted":9,"rejectedLines":1,"rejectedRecords":1,)"
            R"("rejected":[{"line":3,"index":4,"error":{"code":"InvalidName","message":"m"}}]})");
}

}  // namespace
}  // namespace rawhaul::api
