#include "api/bulk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <deque>

#include "store/store_testing.h"

namespace rawhaul::api {
namespace {

// Gives the parts one by one, then the end or an error.
class Parts final : public http::BodyReader {
 public:
  explicit Parts(std::deque<std::string> parts, bool breaks_off = false)
      : parts_(std::move(parts)), breaks_off_(breaks_off) {}

  // `text` in parts of `size` bytes, so that lines are cut anywhere.
  static Parts Cut(const std::string& text, size_t size) {
    std::deque<std::string> parts;
    for (size_t i = 0; i < text.size(); i += size) parts.push_back(text.substr(i, size));
    return Parts(std::move(parts));
  }

  Result<std::string> Read() override {
    if (parts_.empty() && breaks_off_) return Fail(ErrorCode::kUnavailable, "the connection broke");
    if (parts_.empty()) return "";
    std::string part = std::move(parts_.front());
    parts_.pop_front();
    return part;
  }

 private:
  std::deque<std::string> parts_;
  const bool breaks_off_;
};

std::string Line(const std::string& name) {
  return R"({"deviceId":"00112233445566778899aabbccddeeff","records":[{"kind":"event","timestamp":"2016-04-26T10:00:00Z","name":")" +
         name + "\"}]}";
}

class BulkTest : public testing::Test {
 protected:
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
    Parts body = Parts::Cut(Line("a") + "\n\r\n" + Line("b") + "\r\n" + Line("c"), size);
    const auto summary = ReadBulk(1, body, collector_);
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->lines, 3u);
    EXPECT_EQ(summary->accepted, 3u);
    EXPECT_EQ(summary->rejected_lines, 0u);
  }
  EXPECT_EQ(StoredNames(), (std::vector<std::string>{"a", "a", "a", "b", "b", "b", "c", "c", "c"}));
}

TEST_F(BulkTest, BackPressureSlowsDownAndLosesNothing) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += Line("n") + "\n";
  Parts body = Parts::Cut(text, 4096);
  const auto summary = ReadBulk(1, body, collector_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->lines, 500u);
  EXPECT_EQ(summary->accepted, 500u);
  EXPECT_EQ(StoredNames().size(), 500u);
}

TEST_F(BulkTest, LinesOfOneDeviceCountInTheirOrder) {
  constexpr int kLines = 2000;
  std::string text;
  for (int i = 1; i <= kLines; ++i) {
    text +=
        R"({"deviceId":"00112233445566778899aabbccddeeff","appInfo":{"line":)" + std::to_string(i) + "}}\n";
  }
  Parts body = Parts::Cut(text, 4096);
  const auto summary = ReadBulk(1, body, collector_);
  ASSERT_TRUE(summary) << summary.error().message;
  const auto device = stores_->devices().Find(1, ParseGuid("00112233445566778899aabbccddeeff").value());
  EXPECT_EQ(device.value()->tags.at("line"), std::to_string(kLines));
}

TEST_F(BulkTest, BadLinesAndRecordsAreToldByLine) {
  const std::string bad_record =
      R"({"deviceId":"d","records":[{"kind":"event","timestamp":"2016-04-26T10:00:00Z","name":"ok"},{"kind":"event","name":"x"}]})";
  Parts body({Line("a") + "\n{not json\n" + bad_record + "\n" + std::string((1 << 20) + 10, 'x') + "\n" +
              Line("b")});
  const auto summary = ReadBulk(1, body, collector_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->lines, 5u);
  EXPECT_EQ(summary->accepted, 3u);
  EXPECT_EQ(summary->rejected_lines, 2u);
  EXPECT_EQ(summary->rejected_records, 1u);
  std::map<uint64_t, std::optional<size_t>> where;
  for (const auto& item : summary->rejected) where[item.line] = item.index;
  EXPECT_EQ(where, (std::map<uint64_t, std::optional<size_t>>{{2, std::nullopt}, {3, 1}, {4, std::nullopt}}));
}

TEST_F(BulkTest, ABrokenBodyIsAnErrorAndWhatCameIsKept) {
  Parts body({Line("a") + "\n"}, true);
  EXPECT_EQ(ReadBulk(1, body, collector_).error().code, ErrorCode::kUnavailable);
  collector_.Stop();
  EXPECT_EQ(StoredNames(), std::vector<std::string>{"a"});
}

TEST_F(BulkTest, AStoppedCollectorIsTheServersFault) {
  collector_.Stop();
  Parts body({Line("a") + "\n" + Line("b")});
  EXPECT_EQ(ReadBulk(1, body, collector_).error().code, ErrorCode::kUnavailable);
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
