// What messages of Segment cost the disk.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <string>

#include "base/base_testing.h"
#include "collect/segment_collector.h"
#include "store/stores.h"

namespace rawhaul {
namespace {

constexpr uint32_t kApp = 7;

class SegmentLogTest : public ::testing::Test {
 protected:
  SegmentLogTest() : stores_(*OpenEmbeddedStores(directory_.path() / "store", {}, clock_)) {}

  void Send(const std::string& json) {
    const auto body = segment_.Parse({}, json);
    ASSERT_TRUE(body);
    std::promise<bool> stored;
    segment_.Collect(kApp, {}, *body, nullptr, [&](const Result<SegmentOutcome>& outcome) {
      stored.set_value(outcome && outcome->rejected.empty());
    });
    ASSERT_TRUE(stored.get_future().get());
  }
  // Of all that was written so far, as nothing is old enough to be removed.
  uintmax_t LogBytes() const {
    uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "store")) {
      if (entry.path().extension() == ".log") bytes += entry.file_size();
    }
    return bytes;
  }

  TempDirectory directory_;
  ManualClock clock_{ParseTimestamp("2016-04-26T12:00:00Z").value()};
  const std::unique_ptr<EmbeddedStores> stores_;
  Collector collector_{*stores_, clock_, {}};
  SegmentCollector segment_{collector_, stores_->devices(), clock_, {}};
};

TEST_F(SegmentLogTest, ManyMessagesThatMoveASessionWriteLittleMoreThanTheySay) {
  // As much as can be remembered.
  std::string jobs;
  for (int i = 0; i < 32; ++i) {
    jobs += fmt::format(
        R"({}{{"type":"track","event":"Job Started","anonymousId":"a","properties":{{"job":"{}","jobId":"{}"}}}})",
        i == 0 ? "" : ",", std::string(64, 'j'), i);
  }
  Send(fmt::format(R"({{"batch":[{}]}})", jobs));
  ASSERT_GT(collector_.Recall(kApp, NameBasedGuid("a"))->size(), 3000u);

  std::string screens;
  for (int i = 0; i < 10'000; ++i) {
    screens += fmt::format(R"({}{{"type":"screen","name":"s","anonymousId":"a","timestamp":"{}"}})",
                           i == 0 ? "" : ",", FormatTimestamp(clock_.Now() + std::chrono::hours(i)));
  }
  const uintmax_t before = LogBytes();
  Send(fmt::format(R"({{"batch":[{}]}})", screens));
  EXPECT_LE(LogBytes() - before, 4 * screens.size());
}

}  // namespace
}  // namespace rawhaul
