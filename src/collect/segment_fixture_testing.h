// A SegmentCollector over stores in memory, for the tests of what it does.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/base_testing.h"
#include "collect/fake_stores_testing.h"
#include "collect/segment_collector.h"
#include "model/record_batch.h"

namespace rawhaul {

inline constexpr uint32_t kApp = 7;
inline constexpr char kNow[] = "2016-04-26T12:00:00Z";

// A record as it is stored, as text: what a test does not speak of is not in it.
struct Stored {
  RecordKind kind;
  std::string name;
  std::string time;
  std::string extras;
  Guid session;
  Guid job;
  std::string start;
  std::string end;
  std::string stack;
  std::string user;
  Guid info;
};

inline std::string Text(const std::optional<Timestamp>& time) { return time ? FormatTimestamp(*time) : ""; }

class SegmentTest : public ::testing::Test {
 protected:
  Result<SegmentOutcome> Send(std::string_view json, std::string_view type = {}) {
    return Begin(json, type).get();
  }
  std::future<Result<SegmentOutcome>> Begin(std::string_view json, std::string_view type = {}) {
    auto promise = std::make_shared<std::promise<Result<SegmentOutcome>>>();
    auto future = promise->get_future();
    auto body = segment_.Parse(type, json);
    if (!body) {
      promise->set_value(Fail(body.error()));
      return future;
    }
    const auto run = [](const std::function<void()>& job) { std::thread(job).detach(); };
    segment_.Collect(kApp, type, *body, run,
                     [promise](Result<SegmentOutcome> outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }
  static void RunNow(const std::function<void()>& job) { job(); }
  // All of them, of the anonymous device "a" unless they say otherwise, must be taken.
  void Take(const std::vector<std::string>& messages) {
    std::string all;
    for (const auto& message : messages)
      all += (all.empty() ? "{" : ",{") + message + Anonymous(message) + "}";
    const auto outcome = Send(fmt::format(R"({{"batch":[{}]}})", all));
    ASSERT_TRUE(outcome) << outcome.error().message;
    for (const auto& [index, error] : outcome->rejected.listed()) ADD_FAILURE() << error.message;
    EXPECT_EQ(outcome->accepted, messages.size());
  }
  static std::string Anonymous(const std::string& message) {
    const bool named = message.find("anonymousId\":") != std::string::npos ||
                       message.find("\"userId\":") != std::string::npos;
    return named ? "" : R"(,"anonymousId":"a")";
  }
  static std::string Track(std::string_view event, std::string_view time, std::string_view properties = "") {
    return fmt::format(R"("type":"track","event":"{}","timestamp":"{}","properties":{{{}}})", event, time,
                       properties);
  }
  static std::string Screen(std::string_view name, std::string_view time) {
    return fmt::format(R"("type":"screen","name":"{}","timestamp":"{}")", name, time);
  }

  static bool Await(std::promise<bool>& done) {
    auto future = done.get_future();
    return future.wait_for(std::chrono::seconds(30)) == std::future_status::ready && future.get();
  }

  std::vector<Stored> Records() {
    std::vector<Stored> all;
    for (const StoredIngest& batch : stores_.ingest().stored()) {
      for (const EncodedRecords& records : batch.records) {
        auto reader = RecordBatchReader::Open(records.encoded).value();
        RecordRow row;
        while (reader.Next(row)) {
          all.push_back({records.kind, std::string(row.name.json), Text(row.time), std::string(row.extras),
                         row.session_id, row.job_id, Text(row.start), Text(row.end),
                         std::string(row.stack.json), std::string(reader.head().user_id.json),
                         reader.head().info_id});
        }
      }
    }
    return all;
  }
  Stored Only() {
    const auto all = Records();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Stored() : all[0];
  }
  // Whose user is `user`.
  void AddDevices(std::string_view user, size_t count) {
    DevicePatch patch;
    patch.SetTag(kUserIdTag, std::string(user), clock_.Now() - std::chrono::hours(1));
    for (size_t i = 0; i < count; ++i)
      stores_.devices().Merge(kApp, NameBasedGuid(fmt::format("{} {}", user, i)), patch);
  }
  Device DeviceNamed(std::string_view id) {
    return stores_.devices().Find(kApp, NameBasedGuid(id)).value().value_or(Device());
  }

  FakeStores stores_;
  ManualClock clock_{ParseTimestamp(kNow).value()};
  Collector collector_{stores_, clock_, {.limits = {}, .max_queued_bytes = 16 << 20}};
  SegmentCollector segment_{
      collector_, stores_.devices(), clock_, {.limits = {}, .patience = std::chrono::milliseconds(0)}};
};

}  // namespace rawhaul
