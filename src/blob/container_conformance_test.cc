// What every container promises, tried on each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
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
  // Another one of the same place, as a server has after a restart.
  virtual std::unique_ptr<Container> Reopen() = 0;
  // One of the same place, as another server has.
  virtual std::unique_ptr<Container> OfServer(size_t) { return Reopen(); }
  virtual std::optional<std::string> Read(const std::string& blob) const = 0;
  virtual size_t blob_count() const = 0;
};

class MemoryBackend final : public Backend {
 public:
  Container& container() override { return *container_; }
  std::unique_ptr<Container> Reopen() override { return MakeMemoryContainer(storage_); }
  std::optional<std::string> Read(const std::string& blob) const override { return storage_.Read(blob); }
  size_t blob_count() const override { return storage_.blobs().size(); }

 private:
  MemoryStorage storage_;
  std::unique_ptr<Container> container_ = Reopen();
};

class DirectoryBackend final : public Backend {
 public:
  Container& container() override { return *container_; }
  std::unique_ptr<Container> Reopen() override { return directory::MakeContainer(root_, "owner"); }
  std::unique_ptr<Container> OfServer(size_t server) override {
    return directory::MakeContainer(root_, "owner" + std::to_string(server));
  }
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
  std::unique_ptr<Container> container_ = Reopen();
};

class AzureBackend final : public Backend {
 public:
  Container& container() override { return *container_; }
  std::unique_ptr<Container> Reopen() override {
    auto address =
        azure::ParseContainerUrl(Secret(server_.container_url()), *ParseTimestamp("2026-01-01T00:00:00Z"));
    address->reach = net::Reach::kAnyAddress;
    return azure::MakeContainer(std::move(address).value(), *client_, {}, timer_);
  }
  std::optional<std::string> Read(const std::string& blob) const override {
    const auto found = server_.Find(blob);
    return found ? std::optional(found->bytes) : std::nullopt;
  }
  size_t blob_count() const override { return server_.blob_count(); }

 private:
  azure::BlobServer server_;
  FakeRetryTimer timer_;
  std::unique_ptr<net::HttpClient> client_ = net::MakeHttpClient({});
  std::unique_ptr<Container> container_ = Reopen();
};

struct BackendKind {
  const char* name;
  std::function<std::unique_ptr<Backend>()> make;
};
void PrintTo(const BackendKind& kind, std::ostream* out) { *out << kind.name; }

using Receipts = std::vector<BlockReceipt>;

class ContainerConformanceTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  Result<BlockReceipt> TryToStage(const std::string& blob, uint32_t index, std::string_view data) {
    return container().StageBlock(blob, index, data, {});
  }
  BlockReceipt Stage(const std::string& blob, uint32_t index, std::string_view data) {
    auto receipt = TryToStage(blob, index, data);
    EXPECT_TRUE(receipt) << receipt.error().message;
    return receipt.value_or(BlockReceipt());
  }
  // One block for each text.
  Receipts StageAll(const std::string& blob, const std::vector<std::string>& texts) {
    Receipts receipts;
    for (const std::string& text : texts)
      receipts.push_back(Stage(blob, static_cast<uint32_t>(receipts.size()), text));
    return receipts;
  }
  Status Commit(const std::string& blob, const Receipts& blocks, bool may_be_done = false) {
    return CommitWith(container(), blob, blocks, may_be_done);
  }
  static Status CommitWith(Container& container, const std::string& blob, const Receipts& blocks,
                           bool may_be_done = false) {
    return container.Commit({.blob = blob,
                             .blocks = blocks,
                             .properties = {.content_type = "application/json"},
                             .may_be_done = may_be_done},
                            {});
  }
  // What another server wrote.
  void WriteAsAnother(const std::string& blob, const std::string& text) {
    const auto other = backend_->Reopen();
    const auto receipt = other->StageBlock(blob, 0, text, {});
    ASSERT_TRUE(receipt);
    ASSERT_TRUE(CommitWith(*other, blob, {*receipt}));
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
  Stage("x.json", 0, "data");
  EXPECT_EQ(backend_->Read("x.json"), std::nullopt);
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, AReceiptSaysWhatWasStaged) {
  const BlockReceipt receipt = Stage("x", 3, "123456789");
  EXPECT_EQ(receipt.bytes, 9u);
  EXPECT_EQ(receipt.crc64, 0xae8b14860a799888u);
  EXPECT_THAT(receipt.id, ::testing::MatchesRegex("[A-Za-z0-9_-]+"));
}

TEST_P(ContainerConformanceTest, NoTwoStagingsHaveOneReceipt) {
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto other = backend_->Reopen();
    ids.insert(Stage("x", 0, "same").id);
    ids.insert(other->StageBlock("x", 0, "same", {})->id);
  }
  EXPECT_EQ(ids.size(), 6u);
}

TEST_P(ContainerConformanceTest, ABlobIsItsBlocksInTheOrderOfTheReceipts) {
  Receipts receipts(12);
  for (const uint32_t index : {11u, 3u, 0u, 7u, 1u, 10u, 9u, 8u, 2u, 6u, 5u, 4u}) {
    receipts[index] = Stage("x.json", index, std::string(1, static_cast<char>('a' + index)));
  }
  ASSERT_TRUE(Commit("x.json", receipts));
  EXPECT_EQ(backend_->Read("x.json"), "abcdefghijkl");
}

TEST_P(ContainerConformanceTest, BytesAreKeptAsTheyAre) {
  std::string bytes;
  for (int i = 0; i < 300000; ++i) bytes.push_back(static_cast<char>(i * 7));
  ASSERT_TRUE(Commit("x.gz", StageAll("x.gz", {bytes})));
  EXPECT_EQ(backend_->Read("x.gz"), bytes);
}

// As a late request of a run that was killed: what it stages, whenever it arrives, is no part of the blob.
TEST_P(ContainerConformanceTest, ABlockThatIsStagedAgainChangesNoEarlierReceipt) {
  const Receipts receipts = StageAll("x", {"a", "b"});
  const auto late = backend_->Reopen();
  ASSERT_TRUE(late->StageBlock("x", 0, "of another run", {}));
  const BlockReceipt again = Stage("x", 1, "c");
  ASSERT_TRUE(Commit("x", {receipts[0], again}));
  ASSERT_TRUE(late->StageBlock("x", 1, "later still", {}));
  EXPECT_EQ(backend_->Read("x"), "ac");
  ASSERT_TRUE(Commit("x", {receipts[0], again}, true));
  EXPECT_EQ(backend_->Read("x"), "ac");
}

TEST_P(ContainerConformanceTest, StagedBlocksOutliveTheContainer) {
  const Receipts receipts = StageAll("x", {"a", "b"});
  ASSERT_TRUE(CommitWith(*backend_->Reopen(), "x", receipts));
  EXPECT_EQ(backend_->Read("x"), "ab");
}

TEST_P(ContainerConformanceTest, NoBlocksMakeAnEmptyBlob) {
  ASSERT_TRUE(Commit("dir/empty", {}));
  EXPECT_EQ(backend_->Read("dir/empty"), "");
  EXPECT_TRUE(Commit("dir/empty", {}, true));
  EXPECT_EQ(backend_->Read("dir/empty"), "");
}

TEST_P(ContainerConformanceTest, NoBlobIsReplaced) {
  WriteAsAnother("x", "of another");
  const Receipts receipts = StageAll("x", {"a", "b"});
  for (const Receipts& blocks : {receipts, Receipts()}) {
    const Status refused = Commit("x", blocks);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_EQ(refused.error().reason, "BlobAlreadyExists");
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("\"x\""));
    EXPECT_EQ(backend_->Read("x"), "of another");
  }
}

TEST_P(ContainerConformanceTest, ARepeatIsNoLicenceToReplace) {
  WriteAsAnother("x", "of another");
  EXPECT_EQ(Commit("x", StageAll("x", {"a"}), true).error().reason, "BlobAlreadyExists");
  EXPECT_EQ(backend_->Read("x"), "of another");
}

TEST_P(ContainerConformanceTest, ItsOwnBlobIsNotReplacedByOtherBlocksEither) {
  ASSERT_TRUE(Commit("x", StageAll("x", {"old"})));
  EXPECT_EQ(Commit("x", StageAll("x", {"new"})).error().reason, "BlobAlreadyExists");
  EXPECT_EQ(backend_->Read("x"), "old");
  EXPECT_EQ(backend_->blob_count(), 1u);
}

TEST_P(ContainerConformanceTest, BlocksThatAreNotNamedAreNoPartOfTheBlob) {
  const Receipts receipts = StageAll("x", {"a", "b"});
  ASSERT_TRUE(Commit("x", {receipts[0]}));
  EXPECT_EQ(backend_->Read("x"), "a");
}

TEST_P(ContainerConformanceTest, TheSameMayBeCommittedAgain) {
  const Receipts receipts = StageAll("x", {"a", "b"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(CommitWith(*backend_->Reopen(), "x", receipts, i > 0));
    EXPECT_EQ(backend_->Read("x"), "ab");
  }
}

TEST_P(ContainerConformanceTest, ABlockThatWasNeverStagedFailsTheCommit) {
  const Receipts receipts = StageAll("x", {"a", "b", "c"});
  BlockReceipt unknown = receipts[1];
  std::swap(unknown.id[0], unknown.id[1]);
  unknown.id[2] = unknown.id[2] == 'A' ? 'B' : 'A';
  const Status status = Commit("x", {receipts[0], unknown, receipts[2]});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(status.error().reason, "InvalidBlockList");
  EXPECT_EQ(backend_->blob_count(), 0u);
  ASSERT_TRUE(Commit("x", receipts));
  EXPECT_EQ(backend_->Read("x"), "abc");
}

TEST_P(ContainerConformanceTest, BlobsDoNotMixTheirBlocks) {
  const Receipts of_a = StageAll("a", {"of a"});
  const Receipts of_b = StageAll("b", {"of b"});
  EXPECT_EQ(Commit("a", of_b).error().reason, "InvalidBlockList");
  ASSERT_TRUE(Commit("b", of_b));
  ASSERT_TRUE(Commit("a", of_a));
  EXPECT_EQ(backend_->Read("a"), "of a");
  EXPECT_EQ(backend_->Read("b"), "of b");
}

TEST_P(ContainerConformanceTest, NamesMayHoldSlashesSpacesAndAnyLetters) {
  for (const std::string name : {"dir/sub dir/x.json", "événement?#%25&+.json", "a=b;c'd\"e<f>", ".hidden"}) {
    ASSERT_TRUE(Commit(name, StageAll(name, {name}))) << name;
    EXPECT_EQ(backend_->Read(name), name);
  }
}

TEST_P(ContainerConformanceTest, NamesThatLeadElsewhereAreRefused) {
  for (const char* name : {"", "/proc/nowhere/x", "../x", "a/../../x", "a/./b", "a//b", "a/", "x\ny"}) {
    EXPECT_EQ(TryToStage(name, 0, "x").error().code, ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(Commit(name, {}).error().code, ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, ItsOwnLimitsAreKept) {
  const auto [max_blocks, max_block_bytes] = container().limits();
  EXPECT_EQ(TryToStage("x", 0, "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(TryToStage("x", max_blocks, "x").error().code, ErrorCode::kTooLarge);
  // Refused by its size alone: its bytes are never looked at.
  EXPECT_EQ(TryToStage("x", 0, std::string_view("x", max_block_bytes + 1)).error().code,
            ErrorCode::kTooLarge);
  const BlockReceipt last = Stage("x", max_blocks - 1, "x");
  EXPECT_EQ(Commit("x", Receipts(max_blocks + 1, last)).error().code, ErrorCode::kTooLarge);
}

TEST_P(ContainerConformanceTest, AStopEndsEveryCall) {
  std::stop_source stop;
  stop.request_stop();
  const Receipts receipts = StageAll("x", {"x"});
  EXPECT_EQ(container().CheckWritable(stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_EQ(container().StageBlock("x", 0, "y", stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_EQ(container().Commit({.blob = "x", .blocks = receipts}, stop.get_token()).error().code,
            ErrorCode::kCanceled);
  EXPECT_EQ(backend_->blob_count(), 0u);
}

TEST_P(ContainerConformanceTest, ThreadsMayStageAtOnce) {
  constexpr uint32_t kThreads = 4;
  constexpr uint32_t kBlocks = 8;
  Receipts shared(kBlocks);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = t; i < kBlocks; i += kThreads) {
        shared[i] = Stage("shared", i, std::to_string(i));
        Stage("shared", 0, "0");  // all of them stage this one
      }
      const std::string own = "own" + std::to_string(t);
      EXPECT_TRUE(Commit(own, StageAll(own, {std::to_string(t)})));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(Commit("shared", shared));
  EXPECT_EQ(backend_->Read("shared"), "01234567");
  EXPECT_EQ(backend_->Read("own3"), "3");
}

// Of several servers that want one name, one gets it, and all others are told.
TEST_P(ContainerConformanceTest, OfThoseWhoCommitAtOnceOneGetsTheName) {
  constexpr size_t kServers = 4;
  std::vector<std::unique_ptr<Container>> containers;
  for (size_t i = 0; i < kServers; ++i) containers.push_back(backend_->OfServer(i));
  std::vector<Status> outcomes(kServers);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kServers; ++i) {
    threads.emplace_back([&, i] {
      const auto receipt = containers[i]->StageBlock("x", 0, std::to_string(i), {});
      outcomes[i] = receipt ? CommitWith(*containers[i], "x", {*receipt}) : Status(Fail(receipt.error()));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<size_t> winners;
  for (size_t i = 0; i < kServers; ++i) {
    if (outcomes[i]) winners.push_back(i);
  }
  ASSERT_EQ(winners.size(), 1u);
  EXPECT_EQ(backend_->Read("x"), std::to_string(winners[0]));
}

INSTANTIATE_TEST_SUITE_P(
    Containers, ContainerConformanceTest,
    ::testing::Values(BackendKind{"Memory", [] { return std::make_unique<MemoryBackend>(); }},
                      BackendKind{"Directory", [] { return std::make_unique<DirectoryBackend>(); }},
                      BackendKind{"Azure", [] { return std::make_unique<AzureBackend>(); }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace rawhaul
