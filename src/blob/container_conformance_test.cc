// What every container promises, tried on each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>
#include <vector>

#include "base/base_testing.h"
#include "base/retry_timer_testing.h"
#include "blob/azure/azure_container.h"
#include "blob/azure/blob_server_testing.h"
#include "blob/container.h"
#include "blob/directory/directory_container.h"
#include "blob/memory_container_testing.h"

namespace rawhaul {
namespace {

// A kind of container, with a way to see what a reader of it would see.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Container& container() = 0;
  virtual std::optional<std::string> Read(const std::string& blob) const = 0;
  virtual size_t blob_count() const = 0;
};

class MemoryBackend final : public Backend {
 public:
  Container& container() override { return *container_; }
  std::optional<std::string> Read(const std::string& blob) const override { return storage_.Read(blob); }
  size_t blob_count() const override { return storage_.blobs().size(); }

 private:
  MemoryStorage storage_;
  std::unique_ptr<Container> container_ = MakeMemoryContainer(storage_);
};

class DirectoryBackend final : public Backend {
 public:
  Container& container() override { return *container_; }
  std::optional<std::string> Read(const std::string& blob) const override {
    std::ifstream file(root_ / blob, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  size_t blob_count() const override {
    size_t count = 0;
    for (auto it = std::filesystem::recursive_directory_iterator(outer_.path()); it != end(it); ++it) {
      if (it->path().filename().string().starts_with('.'))
        it.disable_recursion_pending();
      else if (it->is_regular_file())
        ++count;
    }
    return count;
  }

 private:
  const TempDirectory outer_;  // what leads out of the container still stays in here
  const std::filesystem::path root_ = outer_.path() / "container";
  std::unique_ptr<Container> container_ = directory::MakeContainer(root_);
};

class AzureBackend final : public Backend {
 public:
  AzureBackend() {
    auto address =
        azure::ParseContainerUrl(Secret(server_.container_url()), *ParseTimestamp("2026-01-01T00:00:00Z"));
    address->reach = net::Reach::kAnyAddress;
    container_ = azure::MakeContainer(std::move(address).value(), *client_, {}, timer_);
  }

  Container& container() override { return *container_; }
  std::optional<std::string> Read(const std::string& blob) const override {
    const auto found = server_.Find(blob);
    return found ? std::optional(found->bytes) : std::nullopt;
  }
  size_t blob_count() const override { return server_.blob_count(); }

 private:
  azure::BlobServer server_;
  FakeRetryTimer timer_;
  std::unique_ptr<net::HttpClient> client_ = net::MakeHttpClient({});
  std::unique_ptr<Container> container_;
};

struct BackendKind {
  const char* name;
  std::function<std::unique_ptr<Backend>()> make;
};
void PrintTo(const BackendKind& kind, std::ostream* out) { *out << kind.name; }

class ContainerConformanceTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  Status Stage(const std::string& blob, uint32_t index, std::string_view data) {
    return container().StageBlock(blob, index, data, {});
  }
  Status Commit(const std::string& blob, uint32_t blocks) {
    return container().Commit(blob, blocks, {.content_type = "application/json"}, {});
  }
  Container& container() { return backend_->container(); }

  const std::unique_ptr<Backend> backend_ = GetParam().make();
};

TEST_P(ContainerConformanceTest, ACheckLeavesNothingVisible) {
  EXPECT_TRUE(container().CheckWritable({}));
  EXPECT_TRUE(container().CheckWritable({}));
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, StagedBlocksAreInvisible) {
  ASSERT_TRUE(Stage("x.json", 0, "data"));
  EXPECT_EQ(backend_->Read("x.json"), std::nullopt);
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, ABlobIsItsBlocksInOrderHoweverTheyWereStaged) {
  for (const uint32_t index : {11u, 3u, 0u, 7u, 1u, 10u, 9u, 8u, 2u, 6u, 5u, 4u}) {
    ASSERT_TRUE(Stage("x.json", index, std::string(1, static_cast<char>('a' + index))));
  }
  ASSERT_TRUE(Commit("x.json", 12));
  EXPECT_EQ(backend_->Read("x.json"), "abcdefghijkl");
}

TEST_P(ContainerConformanceTest, BytesAreKeptAsTheyAre) {
  std::string bytes;
  for (int i = 0; i < 300000; ++i) bytes.push_back(static_cast<char>(i * 7));
  ASSERT_TRUE(Stage("x.gz", 0, bytes));
  ASSERT_TRUE(Commit("x.gz", 1));
  EXPECT_EQ(backend_->Read("x.gz"), bytes);
}

TEST_P(ContainerConformanceTest, StagingABlockAgainReplacesIt) {
  ASSERT_TRUE(Stage("x", 0, "a longer one"));
  ASSERT_TRUE(Stage("x", 0, "new"));
  ASSERT_TRUE(Commit("x", 1));
  EXPECT_EQ(backend_->Read("x"), "new");
}

TEST_P(ContainerConformanceTest, NoBlocksMakeAnEmptyBlob) {
  ASSERT_TRUE(Commit("empty", 0));
  EXPECT_EQ(backend_->Read("empty"), "");
}

TEST_P(ContainerConformanceTest, ACommitReplacesTheBlobOfThatName) {
  ASSERT_TRUE(Stage("x", 0, "old"));
  ASSERT_TRUE(Commit("x", 1));
  ASSERT_TRUE(Stage("x", 0, "new"));
  EXPECT_EQ(backend_->Read("x"), "old");
  ASSERT_TRUE(Commit("x", 1));
  EXPECT_EQ(backend_->Read("x"), "new");
  EXPECT_EQ(backend_->blob_count(), 1u);
}

TEST_P(ContainerConformanceTest, BlocksBeyondTheCountAreDropped) {
  ASSERT_TRUE(Stage("x", 0, "a"));
  ASSERT_TRUE(Stage("x", 1, "b"));
  ASSERT_TRUE(Commit("x", 1));
  EXPECT_EQ(backend_->Read("x"), "a");
  ASSERT_TRUE(Stage("x", 0, "c"));
  EXPECT_EQ(Commit("x", 2).error().reason, "InvalidBlockList");
}

TEST_P(ContainerConformanceTest, TheSameMayBeCommittedAgain) {
  ASSERT_TRUE(Stage("x", 0, "a"));
  ASSERT_TRUE(Stage("x", 1, "b"));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Commit("x", 2));
    EXPECT_EQ(backend_->Read("x"), "ab");
  }
}

TEST_P(ContainerConformanceTest, ABlockThatWasNeverStagedFailsTheCommit) {
  ASSERT_TRUE(Stage("x", 0, "a"));
  ASSERT_TRUE(Stage("x", 2, "c"));
  const Status status = Commit("x", 3);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(status.error().reason, "InvalidBlockList");
  EXPECT_EQ(backend_->blob_count(), 0u);
  ASSERT_TRUE(Stage("x", 1, "b"));
  ASSERT_TRUE(Commit("x", 3));
  EXPECT_EQ(backend_->Read("x"), "abc");
}

TEST_P(ContainerConformanceTest, BlobsDoNotMixTheirBlocks) {
  ASSERT_TRUE(Stage("a", 0, "of a"));
  ASSERT_TRUE(Stage("b", 0, "of b"));
  ASSERT_TRUE(Commit("b", 1));
  ASSERT_TRUE(Commit("a", 1));
  EXPECT_EQ(backend_->Read("a"), "of a");
  EXPECT_EQ(backend_->Read("b"), "of b");
}

TEST_P(ContainerConformanceTest, NamesMayHoldSlashesSpacesAndAnyLetters) {
  for (const std::string name : {"dir/sub dir/x.json", "événement?#%25&+.json", "a=b;c'd\"e<f>", ".hidden"}) {
    ASSERT_TRUE(Stage(name, 0, name)) << name;
    ASSERT_TRUE(Commit(name, 1)) << name;
    EXPECT_EQ(backend_->Read(name), name);
  }
}

TEST_P(ContainerConformanceTest, NamesThatLeadElsewhereAreRefused) {
  for (const char* name : {"", "/proc/nowhere/x", "../x", "a/../../x", "a/./b", "a//b", "a/", "x\ny"}) {
    EXPECT_EQ(Stage(name, 0, "x").error().code, ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(Commit(name, 0).error().code, ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, LimitsOfBlocksAreKept) {
  EXPECT_EQ(Stage("x", 0, "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Stage("x", kMaxBlocksPerBlob, "x").error().code, ErrorCode::kTooLarge);
  // Refused by its size alone: its bytes are never looked at.
  EXPECT_EQ(Stage("x", 0, std::string_view("x", kMaxBlockBytes + 1)).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(Commit("x", kMaxBlocksPerBlob + 1).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(Stage("x", kMaxBlocksPerBlob - 1, "x"));
}

TEST_P(ContainerConformanceTest, AStopEndsEveryCall) {
  std::stop_source stop;
  stop.request_stop();
  ASSERT_TRUE(Stage("x", 0, "x"));
  EXPECT_EQ(container().CheckWritable(stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_EQ(container().StageBlock("x", 0, "y", stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_EQ(container().Commit("x", 1, {}, stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, ThreadsMayStageAtOnce) {
  constexpr uint32_t kThreads = 4;
  constexpr uint32_t kBlocks = 8;
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (uint32_t i = t; i < kBlocks; i += kThreads) {
        EXPECT_TRUE(Stage("shared", i, std::to_string(i)));
        EXPECT_TRUE(Stage("shared", 0, "0"));  // all of them stage this one
      }
      EXPECT_TRUE(Stage("own" + std::to_string(t), 0, std::to_string(t)));
      EXPECT_TRUE(Commit("own" + std::to_string(t), 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(Commit("shared", kBlocks));
  EXPECT_EQ(backend_->Read("shared"), "01234567");
  EXPECT_EQ(backend_->Read("own3"), "3");
}

INSTANTIATE_TEST_SUITE_P(
    Containers, ContainerConformanceTest,
    ::testing::Values(BackendKind{"Memory", [] { return std::make_unique<MemoryBackend>(); }},
                      BackendKind{"Directory", [] { return std::make_unique<DirectoryBackend>(); }},
                      BackendKind{"Azure", [] { return std::make_unique<AzureBackend>(); }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace rawhaul
