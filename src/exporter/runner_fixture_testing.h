// What tests of the export runner have in common.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "base/retry_timer_testing.h"
#include "blob/memory_container_testing.h"
#include "catalog/catalog_testing.h"
#include "exporter/runner.h"
#include "store/store_testing.h"

namespace rawhaul {

inline constexpr char kUrl[] = "https://account.blob.core.windows.net/container?sp=w&sig=verysecret";

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    app_ = catalog_->apps().Create({"s", "g", "c", "a"}, "android", "key", "hash", clock_.Now())->id;
    stores_ = std::move(*OpenEmbeddedStores(directory_.path(), {}, clock_));
    Start();
  }

  void Start() {
    runner_ = std::make_unique<ExportRunner>(
        ExportEnvironment{*stores_, catalog_->tasks(), catalog_->campaigns(), containers_, box_, clock_,
                          timer_},
        ExportOptions{.parallel_tasks = 1, .encode_threads = 2, .uploads_per_task = 2, .block_bytes = 1000});
  }

  void Collect(const std::string& name) {
    ASSERT_TRUE(WriteAll(*stores_, {EventBatch(app_, TestTime(3), name)}));
  }

  ExportRequest Events() const {
    ExportRequest request;
    request.app = app_;
    request.type = ExportType::kEvent;
    request.format = ExportFormat::kJsonLinesBlob;
    request.days = DayRange{*ParseDay("2016-04-26"), *ParseDay("2016-04-26")};
    return request;
  }

  ExportTask Create() { return runner_->Create(Events(), Secret(kUrl)).value(); }

  ExportTask Task(uint64_t id) { return *catalog_->tasks().Find(app_, id).value(); }

  // Bounded by the test's own time limit.
  ExportTask WaitForEnd(uint64_t id) {
    while (!Task(id).completed) std::this_thread::yield();
    return Task(id);
  }

  static constexpr int kManyEvents = 100;

  // A task of many files that cannot go on, for this reason, when some of them are staged.
  uint64_t CreateOfManyFiles(const Error& obstacle) {
    for (int i = 0; i < kManyEvents; ++i) Collect("event " + std::to_string(i) + std::string(60, '.'));
    ExportRequest request = Events();
    request.max_file_bytes = 1024;
    storage_.FailStageBlock(10, obstacle);
    const uint64_t id = runner_->Create(request, Secret(kUrl))->id;
    while (!Task(id).wait) std::this_thread::yield();
    return id;
  }

  // Each event exactly once, in files that agree with the task.
  void ExpectComplete(const ExportTask& task) {
    EXPECT_EQ(task.state, TaskState::kSucceeded) << task.error_details.value_or("");
    EXPECT_FALSE(task.error_details);
    std::string all;
    for (const ExportedFile& file : task.files) all += storage_.Read(file.name).value_or("");
    for (int i = 0; i < kManyEvents; ++i) {
      const std::string name = "\"event " + std::to_string(i) + ".";
      const size_t found = all.find(name);
      EXPECT_NE(found, std::string::npos) << name;
      EXPECT_EQ(all.find(name, found + 1), std::string::npos) << name;
    }
  }

  ManualClock clock_;
  TempDirectory directory_;
  TemporaryCatalog catalog_;
  uint32_t app_ = 0;
  std::unique_ptr<Stores> stores_;
  MemoryStorage storage_;
  MemoryContainerFactory containers_{storage_};
  FakeRetryTimer timer_;
  const SecretBox box_{Secret(std::string(32, 'k'))};
  std::unique_ptr<ExportRunner> runner_;
};

}  // namespace rawhaul
