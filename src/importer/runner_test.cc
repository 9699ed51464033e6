#include "importer/runner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <new>
#include <thread>

#include "base/byte_buffer.h"
#include "base/mutex.h"
#include "base/retry_timer_testing.h"
#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"
#include "format/compressor.h"

namespace rawhaul {
namespace {

constexpr std::string_view kUrl =
    "https://account.blob.core.windows.net/container/tags.json?sp=r&sig=verysecret";

// A blob that is given out in small parts, and may fail or hang.
struct FakeBlob {
  std::string content = {};
  size_t part_bytes = 7;
  std::optional<Error> check_error = {};
  std::optional<Error> end_error = {};  // in place of the end
  bool hangs = false;                   // in place of the end, until the stop
  bool throws = false;                  // when it is read
};

class FakeSource final : public BlobSource {
 public:
  explicit FakeSource(const FakeBlob& blob) : blob_(blob) {}

  Status CheckReadable(std::stop_token) override {
    return blob_.check_error ? Status(Fail(*blob_.check_error)) : Status();
  }

  Result<std::string> Read(std::stop_token stop) override {
    if (blob_.throws) throw std::bad_alloc();
    std::string part = blob_.content.substr(std::min(at_, blob_.content.size()), blob_.part_bytes);
    at_ += part.size();
    if (!part.empty()) return part;
    if (blob_.hangs) return HangUntil(stop);
    if (blob_.end_error) return Fail(*blob_.end_error);
    return part;
  }

 private:
  Result<std::string> HangUntil(const std::stop_token& stop) {
    MutexLock lock(mutex_);
    changed_.wait(lock, stop, [] { return false; });
    return Fail(ErrorCode::kCanceled, "stopped");
  }

  const FakeBlob blob_;
  size_t at_ = 0;
  Mutex mutex_;
  std::condition_variable_any changed_;
};

// Thread-safe.
class FakeSourceFactory final : public BlobSourceFactory {
 public:
  Result<std::unique_ptr<BlobSource>> Open(const Secret& storage_url) override {
    const MutexLock lock(mutex_);
    EXPECT_EQ(storage_url.Reveal(), kUrl);
    return std::make_unique<FakeSource>(blob_);
  }
  void Set(FakeBlob blob) {
    const MutexLock lock(mutex_);
    blob_ = std::move(blob);
  }

 private:
  Mutex mutex_;
  FakeBlob blob_ RAWHAUL_GUARDED_BY(mutex_);
};

class ImportRunnerTest : public testing::Test {
 protected:
  ImportRunnerTest() {
    for (int i = 0; i < 2000; ++i) AddDevice(fmt::format("d{}", i));
    Start();
  }

  void Start() {
    runner_ = std::make_unique<ImportRunner>(
        ImportEnvironment{catalog_->imports(), sources_, collector_, stores_.devices(), box_, clock_, timer_},
        std::chrono::hours(24));
  }

  void AddDevice(std::string_view id) {
    DevicePatch patch;
    patch.Seen(clock_.Now());
    patch.SetTag("old", "x", clock_.Now());
    stores_.devices().Merge(app_, NameBasedGuid(id), patch);
  }

  std::map<std::string, std::string> TagsOf(std::string_view id) {
    return stores_.devices().Find(app_, NameBasedGuid(id)).value().value().tags;
  }

  ImportTask Task(uint64_t id) { return catalog_->imports().Find(app_, id).value().value(); }
  // Bounded by the test's own time limit.
  ImportTask WaitForEnd(uint64_t id) {
    while (!Task(id).completed) std::this_thread::yield();
    return Task(id);
  }
  ImportTask Import(FakeBlob blob) {
    sources_.Set(std::move(blob));
    return WaitForEnd(runner_->Create(app_, Secret(std::string(kUrl))).value().id);
  }

  static std::string Lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += fmt::format("{{\"deviceId\":\"d{}\",\"tags\":{{\"plan\":\"p{}\"}}}}\n", i, i);
    return text;
  }
  void ExpectPlans(int count) {
    for (int i = 0; i < count; ++i) EXPECT_EQ(TagsOf(fmt::format("d{}", i))["plan"], fmt::format("p{}", i));
  }

  ManualClock clock_;
  TemporaryCatalog catalog_;
  const uint32_t app_ =
      catalog_->apps().Create({"s", "g", "c", "a"}, "android", "key", "hash", clock_.Now())->id;
  FakeStores stores_;
  Collector collector_{stores_, clock_, {}};
  FakeSourceFactory sources_;
  FakeRetryTimer timer_;
  const SecretBox box_{Secret(std::string(32, 'k'))};
  std::unique_ptr<ImportRunner> runner_;
};

TEST_F(ImportRunnerTest, AllLinesAreAppliedAndNullsDelete) {
  const ImportTask task = Import({.content = Lines(1999) + R"({"deviceId":"d1999","tags":{"old":null}})"});
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_EQ(task.error_details, std::nullopt);
  EXPECT_EQ(task.storage_url, "https://account.blob.core.windows.net/container/tags.json");
  ExpectPlans(1999);
  EXPECT_FALSE(TagsOf("d1999").contains("old"));
  EXPECT_EQ(catalog_->imports().SealedUrl(task.id).error().code, ErrorCode::kConflict) << "the URL is wiped";
}

TEST_F(ImportRunnerTest, AnObjectIsAppliedAlsoPacked) {
  const std::string object = R"({"d0":{"plan":"p0"},"d1":{"plan":"p1","old":null}})";
  ByteBuffer packed;
  MakeCompressor(Compression::kGzip)->Compress(object, packed);
  for (const std::string& content : {object, std::string(packed.view())}) {
    AddDevice("d1");
    EXPECT_EQ(Import({.content = content}).state, TaskState::kSucceeded);
    ExpectPlans(2);
    EXPECT_FALSE(TagsOf("d1").contains("old"));
  }
}

TEST_F(ImportRunnerTest, BadLinesAreCountedAndTheFirstAreNamed) {
  std::string content = Lines(2) + "nonsense\n" + R"({"deviceId":"nobody","tags":{"a":"b"}})" + "\n";
  for (int i = 0; i < 20; ++i) content += "{}\n";
  const ImportTask task = Import({.content = content});
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  const std::string details = task.error_details.value();
  EXPECT_TRUE(details.starts_with(
      "22 of 24 lines were not taken; line 3: it is not JSON: column 1: nonsense is none of "))
      << details;
  EXPECT_TRUE(details.ends_with("; ...")) << details;
  EXPECT_LT(details.size(), 1000u);
  ExpectPlans(2);
}

TEST_F(ImportRunnerTest, ADeviceThatIsNotKnownIsNotTaken) {
  const ImportTask task = Import({.content = R"({"d0":{"plan":"p0"},"nobody":{"plan":"x"}})"});
  EXPECT_EQ(task.error_details, "1 of 2 devices were not taken; device 2: there is no such device");
  EXPECT_EQ(task.state, TaskState::kSucceeded);
}

TEST_F(ImportRunnerTest, TagsThatADeviceCannotHaveAreNotTaken) {
  stores_.ingest().FailWith(Error{ErrorCode::kInvalidArgument, "too many", "TooManyTags"});
  const ImportTask task = Import({.content = R"({"nobody":{"plan":"x"},"d0":{"plan":"p0"}})"});
  EXPECT_TRUE(task.error_details->starts_with(
      "2 of 2 devices were not taken; device 1: there is no such device; device 2: too many"))
      << *task.error_details;
}

// They would be damaged at every further try, too.
TEST_F(ImportRunnerTest, ADamagedDeviceIsNotTakenAndOthersAre) {
  stores_.ingest().RefuseIf([](const IngestBatch& batch) -> std::optional<Error> {
    if (batch.device_id != NameBasedGuid("d1")) return std::nullopt;
    return Error{ErrorCode::kUnavailable, "the server's store is damaged", std::string(kStoreDamaged)};
  });
  const ImportTask task = Import({.content = Lines(3)});
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_EQ(task.error_details, "1 of 3 lines were not taken; line 2: the server's store is damaged");
  EXPECT_EQ(TagsOf("d0")["plan"], "p0");
  EXPECT_EQ(TagsOf("d2")["plan"], "p2");
}

TEST_F(ImportRunnerTest, ADeviceThatCannotBeReadIsNotTakenAndNoPathIsTold) {
  stores_.devices().FailWith(Error{ErrorCode::kDataLoss, "block checksum mismatch in /data/7.sst"});
  const ImportTask task = Import({.content = Lines(2)});
  EXPECT_EQ(task.error_details,
            "2 of 2 lines were not taken; line 1: what is stored of it is damaged;"
            " line 2: what is stored of it is damaged");
}

TEST_F(ImportRunnerTest, ABlobOfWhichNothingIsGoodFails) {
  const ImportTask task = Import({.content = "a,b,c\n1,2,3\n"});
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_TRUE(task.error_details->starts_with("2 of 2 lines were not taken")) << *task.error_details;
  EXPECT_EQ(Import({.content = ""}).state, TaskState::kSucceeded);
}

TEST_F(ImportRunnerTest, ABlobThatCannotBeReadFailsWithTheReasonAndWhatWasReadStays) {
  const ImportTask task =
      Import({.content = Lines(600),
              .end_error = Error{ErrorCode::kNotFound, "the storage answered 404", "BlobNotFound"}});
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_EQ(task.error_details, "BlobNotFound: the storage answered 404");
  ExpectPlans(512);
}

TEST_F(ImportRunnerTest, ATaskThatThrowsFailsAndSaysSoAndOthersGoOn) {
  const ImportTask task = Import({.throws = true});
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_EQ(task.error_details, "OutOfMemory: out of memory");
  EXPECT_EQ(Import({.content = Lines(1)}).state, TaskState::kSucceeded);
}

TEST_F(ImportRunnerTest, BrokenGzipFails) {
  EXPECT_EQ(Import({.content = "\x1f\x8b\x08nonsense that is long enough"}).state, TaskState::kFailed);
}

TEST_F(ImportRunnerTest, WhileTheDiskTakesNothingItWaits) {
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "the disk is full", "DiskFull"});
  sources_.Set({.content = Lines(3)});
  const uint64_t id = runner_->Create(app_, Secret(std::string(kUrl))).value().id;
  while (timer_.sleeps().size() < 3) std::this_thread::yield();
  EXPECT_EQ(Task(id).state, TaskState::kStarted);
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kSucceeded);
  ExpectPlans(3);
}

TEST_F(ImportRunnerTest, AStoppedRunnersTasksAreFinishedByTheNextOne) {
  sources_.Set({.content = Lines(600), .hangs = true});
  const uint64_t running = runner_->Create(app_, Secret(std::string(kUrl))).value().id;
  const uint64_t queued = runner_->Create(app_, Secret(std::string(kUrl))).value().id;
  while (!TagsOf("d511").contains("plan")) std::this_thread::yield();
  runner_->Stop();
  EXPECT_EQ(Task(running).state, TaskState::kStarted);
  EXPECT_EQ(Task(queued).state, TaskState::kQueued);
  EXPECT_EQ(runner_->Create(app_, Secret(std::string(kUrl))).error().code, ErrorCode::kUnavailable);
  sources_.Set({.content = Lines(600)});
  Start();
  EXPECT_EQ(WaitForEnd(running).state, TaskState::kSucceeded);
  EXPECT_EQ(WaitForEnd(queued).state, TaskState::kSucceeded);
  ExpectPlans(600);
}

constexpr std::string_view kPlan = R"({"d0":{"plan":"p0"}})";
const Error kNoAnswer{ErrorCode::kUnavailable, "the storage answered 503", "ServerBusy"};

// Waits are the clock's, which stands still: nothing is tried again before a test moves it.
class ImportOutageTest : public ImportRunnerTest {
 protected:
  uint64_t CreateWaiting() {
    sources_.Set({.content = "{", .end_error = kNoAnswer});
    const uint64_t id = runner_->Create(app_, Secret(std::string(kUrl))).value().id;
    while (!Task(id).wait) std::this_thread::yield();
    return id;
  }
  void FailOn() {
    sources_.Set({.content = "{", .check_error = Error{ErrorCode::kUnavailable, "cannot connect"}});
  }
  void EndOutage() { sources_.Set({.content = std::string(kPlan)}); }
  void WaitForDetails(uint64_t id, const std::string& text) {
    while (Task(id).error_details.value_or("").find(text) == std::string::npos) std::this_thread::yield();
  }
};

TEST_F(ImportOutageTest, ATaskWaitsForItsStorageAndStartsOver) {
  const uint64_t id = CreateWaiting();
  const TaskWait wait{WaitsFor::kStorage, clock_.Now() + std::chrono::hours(24)};
  EXPECT_EQ(Task(id).state, TaskState::kStarted);
  EXPECT_EQ(Task(id).wait, wait);
  EXPECT_EQ(Task(id).error_details, "ServerBusy: the storage answered 503");
  EXPECT_EQ(Import({.content = std::string(kPlan)}).state, TaskState::kSucceeded) << "others run meanwhile";
  FailOn();
  clock_.Advance(std::chrono::seconds(1));
  WaitForDetails(id, "cannot connect");
  EXPECT_EQ(Task(id).wait, wait);
  EndOutage();
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kSucceeded);
  EXPECT_FALSE(Task(id).error_details);
  ExpectPlans(1);
}

TEST_F(ImportOutageTest, ATaskBehindItForAStorageThatIsAwayWaitsAfterOneShortQuestion) {
  runner_->Stop();
  const Error no_connection{ErrorCode::kUnavailable, "cannot connect"};
  sources_.Set({.content = "{", .check_error = no_connection, .end_error = kNoAnswer});
  const auto create = [this] {
    return catalog_->imports()
        .Create(app_, "shown", box_.Seal(Secret(std::string(kUrl))), clock_.Now())
        .value();
  };
  const uint64_t first = create();
  const uint64_t behind = create();
  Start();
  WaitForDetails(first, "ServerBusy");
  WaitForDetails(behind, "cannot connect");
}

TEST_F(ImportOutageTest, TheWaitOutlivesTheServer) {
  const uint64_t id = CreateWaiting();
  const auto wait = Task(id).wait;
  FailOn();
  runner_->Stop();
  Start();
  WaitForDetails(id, "cannot connect");
  EXPECT_EQ(Task(id).wait, wait);
  runner_->Stop();
  clock_.Advance(std::chrono::hours(48));
  EndOutage();
  Start();
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kSucceeded) << "it is asked before the task fails";
}

TEST_F(ImportOutageTest, AnOutageThatDoesNotEndFailsTheTaskWithTheLastReason) {
  const uint64_t id = CreateWaiting();
  FailOn();
  clock_.Advance(std::chrono::seconds(1));
  WaitForDetails(id, "cannot connect");
  const Timestamp until = Task(id).wait->until;
  clock_.Set(until);
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kFailed);
  EXPECT_EQ(Task(id).error_details,
            "cannot connect; the storage did not answer until " + FormatTimestamp(until));
}

TEST_F(ImportRunnerTest, WhateverTheDeviceSaidSinceTheTaskWasCreatedStays) {
  sources_.Set({.content = Lines(600), .hangs = true});
  const uint64_t id = runner_->Create(app_, Secret(std::string(kUrl))).value().id;
  while (!TagsOf("d511").contains("plan")) std::this_thread::yield();
  runner_->Stop();
  clock_.Advance(std::chrono::minutes(1));
  DevicePatch own;
  own.SetTag("plan", "own", clock_.Now());
  stores_.devices().Merge(app_, NameBasedGuid("d0"), own);
  stores_.devices().Merge(app_, NameBasedGuid("d599"), own);
  clock_.Advance(std::chrono::minutes(1));
  sources_.Set({.content = Lines(600) + Lines(2) + R"({"deviceId":"d1","tags":{"plan":"last"}})"});
  Start();
  EXPECT_EQ(WaitForEnd(id).state, TaskState::kSucceeded);
  EXPECT_EQ(TagsOf("d0")["plan"], "own") << "it was tagged by the first run";
  EXPECT_EQ(TagsOf("d599")["plan"], "own") << "it was not";
  EXPECT_EQ(TagsOf("d1")["plan"], "last") << "of two entries of one device the later one counts";
}

TEST_F(ImportRunnerTest, AUrlThatCannotBeReadIsRefusedAtOnce) {
  sources_.Set({.check_error =
                    Error{ErrorCode::kPermissionDenied, "the storage answered 403", "AuthorizationFailure"}});
  const auto refused = runner_->Create(app_, Secret(std::string(kUrl)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "AuthorizationFailure");
  sources_.Set({.check_error = Error{ErrorCode::kUnavailable, "no answer"}});
  EXPECT_EQ(runner_->Create(app_, Secret(std::string(kUrl))).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(catalog_->imports().List(app_, {})->empty());
}

}  // namespace
}  // namespace rawhaul
